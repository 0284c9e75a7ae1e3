// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kernels/geometry/box.hpp"

namespace weir::bench {

/// A box of a frame, found or expected.
struct LabelledBox {
  std::uint64_t frame = 0;
  Box box;
  float score = 0;
  std::string type;
};

/// How far found boxes agree with expected ones.
struct Agreement {
  double average_precision = 0;  ///< in percent
  double recall = 0;             ///< in percent, of the found boxes of all scores
  std::size_t expected = 0;
  std::size_t found = 0;       ///< of at least `duplicate_score`
  std::size_t duplicates = 0;  ///< of them, those whose best expected box a better one has taken already
};

/// Average precision over all types together at overlap 0.5: best found boxes first, each takes the free expected box
/// of its frame and type that it overlaps most; the area under precision made monotonous over all recalls (PASCAL VOC
/// 2010).
Agreement agreement_of(std::vector<LabelledBox> found, std::span<const LabelledBox> expected, float duplicate_score);

}  // namespace weir::bench
