// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/predict/features.hpp"
#include "kernels/predict/predictor.hpp"

namespace weir {

/// The trained numbers of LstmPredictor, with or without attention, and what they were trained on. For H hidden units
/// and D units of the layer behind: gates in the order input, forget, cell, output, as in libtorch.
struct LstmWeights {
  /// What the last layer tells for each distance ahead: a shift and a scale for each side; and once for all, how much
  /// of the last velocity is kept, by coordinate.
  static constexpr std::size_t kShiftOutputs = 4 * kFarthestAhead;
  static constexpr std::size_t kScaleOutputs = 4 * kFarthestAhead;
  static constexpr std::size_t kOutputs = kShiftOutputs + kScaleOutputs + 4;

  Eigen::MatrixXf input;         ///< 4H x kBoxFeatures
  Eigen::MatrixXf recurrent;     ///< 4H x H
  Eigen::VectorXf gate_bias;     ///< 4H
  Eigen::MatrixXf dense;         ///< D x H; with attention D x 2H, the last H for what it found
  Eigen::VectorXf dense_bias;    ///< D
  Eigen::MatrixXf output;        ///< kOutputs x D
  Eigen::VectorXf output_bias;   ///< kOutputs
  Eigen::VectorXf keep;          ///< kShiftOutputs: share of the last velocity in the shift, by distance and coordinate
  Eigen::VectorXf sigma_factor;  ///< kFarthestAhead: standard deviations per scale
  Eigen::VectorXf margin_factor;        ///< kFarthestAhead: margins of 99 % per scale
  Eigen::MatrixXf query;                ///< H x H with attention, else empty: from a state to what it looks for
  Eigen::VectorXf age_bias;             ///< kDepth of TrackHistory with attention: by boxes ago
  std::vector<std::string> trained_on;  ///< names of the sequences it has learned from
};

/// The weights as a file (weight_table.hpp), of kind "lstm" or, with attention, "attention".
std::string format_lstm_weights(const LstmWeights& weights);

/// Reads them back: of the first function, those without attention; of the second, those with. Code::corrupt: not such
/// a file, another version, sizes that do not fit each other, a number that is not finite, bytes missing or left over.
/// Whether it is the right file, its hash tells: see models/.
Result<LstmWeights> parse_lstm_weights(std::string_view bytes);
Result<LstmWeights> parse_attention_weights(std::string_view bytes);

}  // namespace weir
