// SPDX-License-Identifier: Apache-2.0
#include "kernels/predict/lstm_weights.hpp"

#include "kernels/predict/box_history.hpp"
#include "kernels/predict/weight_table.hpp"

namespace weir {
namespace {

constexpr std::string_view kPlain = "lstm", kAttention = "attention";

std::vector<WeightEntry> entries_of(LstmWeights& w, bool attention) {
  std::vector<WeightEntry> entries{weight_entry("input", w.input),
                                   weight_entry("recurrent", w.recurrent),
                                   weight_entry("gate_bias", w.gate_bias),
                                   weight_entry("dense", w.dense),
                                   weight_entry("dense_bias", w.dense_bias),
                                   weight_entry("output", w.output),
                                   weight_entry("output_bias", w.output_bias),
                                   weight_entry("keep", w.keep),
                                   weight_entry("sigma_factor", w.sigma_factor),
                                   weight_entry("margin_factor", w.margin_factor)};
  if (attention) {
    entries.push_back(weight_entry("query", w.query));
    entries.push_back(weight_entry("age_bias", w.age_bias));
  }
  return entries;
}

bool fit(const LstmWeights& w, bool attention) {
  const Eigen::Index units = w.recurrent.cols(), dense = w.dense.rows();
  const auto outputs = static_cast<Eigen::Index>(LstmWeights::kOutputs);
  const auto shifts = static_cast<Eigen::Index>(LstmWeights::kShiftOutputs);
  return w.input.rows() == 4 * units && w.input.cols() == Eigen::Index{kBoxFeatures} &&
         w.recurrent.rows() == 4 * units && w.gate_bias.size() == 4 * units &&
         w.dense.cols() == (attention ? 2 * units : units) && w.dense_bias.size() == dense &&
         w.output.rows() == outputs && w.output.cols() == dense && w.output_bias.size() == outputs &&
         w.keep.size() == shifts && w.sigma_factor.size() == kFarthestAhead &&
         w.margin_factor.size() == kFarthestAhead &&
         (!attention || (w.query.rows() == units && w.query.cols() == units &&
                         w.age_bias.size() == Eigen::Index{TrackHistory::kDepth}));
}

Result<LstmWeights> parse(std::string_view bytes, bool attention) {
  LstmWeights weights;
  auto sequences = parse_weight_table(attention ? kAttention : kPlain, bytes, entries_of(weights, attention),
                                      [&] { return fit(weights, attention); });
  if (!sequences) return fail(sequences.error());
  weights.trained_on = std::move(*sequences);
  return weights;
}

}  // namespace

std::string format_lstm_weights(const LstmWeights& weights) {
  LstmWeights copy = weights;
  const bool attention = weights.query.size() > 0;
  return format_weight_table(attention ? kAttention : kPlain, weights.trained_on, entries_of(copy, attention));
}

Result<LstmWeights> parse_lstm_weights(std::string_view bytes) { return parse(bytes, false); }

Result<LstmWeights> parse_attention_weights(std::string_view bytes) { return parse(bytes, true); }

}  // namespace weir
