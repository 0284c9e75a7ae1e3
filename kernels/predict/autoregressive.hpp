// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "kernels/predict/predictor.hpp"

namespace weir {

/// Where a box goes, in units of its size: centre by its width and height, sizes as logarithms.
using BoxShift = std::array<float, 4>;  // centre x, centre y, log width, log height

/// The shift from one box to another in units of `unit`'s size. All three have sides above 0.
BoxShift shift_between(const Box& from, const Box& to, const Box& unit);

/// `box` moved by a shift in units of its own size; shifts are held to 4 sizes and a factor of e.
Box shifted(const Box& box, const BoxShift& shift);

/// Weights of the last 1 to 5 changes, newest first, for each number of known changes, frames ahead and coordinate.
struct AutoregressiveWeights {
  static constexpr std::size_t kSteps = 5;
  using Row = std::array<float, kSteps>;
  /// [changes known - 1][frames ahead - 1][coordinate of BoxShift]
  std::array<std::array<std::array<Row, 4>, kFarthestAhead>, kSteps> rows{};
};

/// Fits the weights to sequences: for each row, least absolute errors of the shift in box sizes by iteratively
/// reweighted least squares (Schlossmacher, JASA 68, 1973), 30 rounds, with a ridge that holds rows of few samples near
/// constant velocity. Errors above one box size weigh as one. Pure; the same input gives the same weights.
AutoregressiveWeights fit_autoregressive(std::span<const BoxSequence* const> sequences);

/// The weights as a file (weight_table.hpp), with the names of the sequences they were fitted to.
std::string format_autoregressive_weights(const AutoregressiveWeights& weights, std::span<const std::string> fitted_to);

/// Reads them back; Code::corrupt as parse_weight_table has it, or for sizes of another version.
Result<AutoregressiveWeights> parse_autoregressive_weights(std::string_view bytes);

/// A linear prediction from the last five changes of a box in units of its present size.
class AutoregressivePredictor final : public BoxPredictor {
 public:
  explicit AutoregressivePredictor(const AutoregressiveWeights& weights) : weights_(weights) {}

  void observe(const BoxHistory&) override {}
  PredictedBox predict(const BoxHistory& history, std::size_t place, int ahead) const override;

 private:
  AutoregressiveWeights weights_;
};

}  // namespace weir
