// SPDX-License-Identifier: Apache-2.0
#include "kernels/predict/lstm_weights.hpp"

#include "kernels/predict/weight_table.hpp"

namespace weir {
namespace {

constexpr std::string_view kKind = "lstm";

std::vector<WeightEntry> entries_of(LstmWeights& w) {
  return {weight_entry("input", w.input),
          weight_entry("recurrent", w.recurrent),
          weight_entry("gate_bias", w.gate_bias),
          weight_entry("dense", w.dense),
          weight_entry("dense_bias", w.dense_bias),
          weight_entry("output", w.output),
          weight_entry("output_bias", w.output_bias),
          weight_entry("keep", w.keep),
          weight_entry("sigma_factor", w.sigma_factor),
          weight_entry("margin_factor", w.margin_factor)};
}

bool fit(const LstmWeights& w) {
  const Eigen::Index units = w.recurrent.cols(), dense = w.dense.rows();
  const auto outputs = static_cast<Eigen::Index>(LstmWeights::kOutputs);
  const auto shifts = static_cast<Eigen::Index>(LstmWeights::kShiftOutputs);
  return w.input.rows() == 4 * units && w.input.cols() == Eigen::Index{kBoxFeatures} &&
         w.recurrent.rows() == 4 * units && w.gate_bias.size() == 4 * units && w.dense.cols() == units &&
         w.dense_bias.size() == dense && w.output.rows() == outputs && w.output.cols() == dense &&
         w.output_bias.size() == outputs && w.keep.size() == shifts && w.sigma_factor.size() == kFarthestAhead &&
         w.margin_factor.size() == kFarthestAhead;
}

}  // namespace

std::string format_lstm_weights(const LstmWeights& weights) {
  LstmWeights copy = weights;
  return format_weight_table(kKind, weights.trained_on, entries_of(copy));
}

Result<LstmWeights> parse_lstm_weights(std::string_view bytes) {
  LstmWeights weights;
  auto sequences = parse_weight_table(kKind, bytes, entries_of(weights), [&weights] { return fit(weights); });
  if (!sequences) return fail(sequences.error());
  weights.trained_on = std::move(*sequences);
  return weights;
}

}  // namespace weir
