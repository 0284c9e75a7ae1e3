// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace weir {

/// Estimates the bytes of the symbols of a bottleneck, frame by frame of one stream, without a coder.
///
/// What is added up is the length of an adaptive code: each symbol is predicted by two tables of counts of its channel,
/// one by the symbol at its place in the frame before with what changed at its left and upper neighbours, one by these
/// neighbours alone; the two are weighed by how well they did. All counts start even and learn from what was coded, so
/// a decoder could follow. A real coder with tables calibrated beforehand differs by some percent either way.
/// Thread-compatible.
class SymbolCost {
 public:
  SymbolCost(int channels, int height, int width);

  /// Bytes of one frame: `symbols` are planes, the first channels of the bottleneck; more than the constructor's are
  /// the caller's bug. The frame is the next one's past.
  double add(std::span<const std::int32_t> symbols);

 private:
  double cost(std::size_t channel, int symbol, int temporal, int spatial);

  std::size_t height_, width_;
  std::vector<float> temporal_, spatial_;  // counts: channel, context, symbol
  std::vector<double> weight_;             // of the temporal table, by channel
  std::vector<std::int32_t> before_;
  std::size_t before_channels_ = 0;
};

}  // namespace weir
