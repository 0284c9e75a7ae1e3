// SPDX-License-Identifier: Apache-2.0
#include "kernels/predict/elf.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/predict/weight_table.hpp"

namespace weir {
namespace {

constexpr std::string_view kLstm = "elf_lstm", kAttention = "elf_attention";
constexpr Eigen::Index kSides = 4;

template <int Units>
struct State {
  Eigen::Matrix<float, Units, 1> hidden = Eigen::Matrix<float, Units, 1>::Zero();
  Eigen::Matrix<float, Units, 1> cell = Eigen::Matrix<float, Units, 1>::Zero();
};

float sigmoid(float x) { return 1 / (1 + std::exp(-x)); }

/// One step of a layer.
template <int Units, typename Input>
void advance(const ElfLayer& layer, const Input& input, State<Units>& state) {
  Eigen::Matrix<float, 4 * Units, 1> gates = layer.bias;
  gates.noalias() += layer.input.lazyProduct(input);
  gates.noalias() += layer.recurrent.lazyProduct(state.hidden);
  for (Eigen::Index i = 0; i < Units; ++i) {
    state.cell[i] = sigmoid(gates[Units + i]) * state.cell[i] + sigmoid(gates[i]) * std::tanh(gates[2 * Units + i]);
    state.hidden[i] = sigmoid(gates[3 * Units + i]) * std::tanh(state.cell[i]);
  }
}

void add_layer(std::vector<WeightEntry>& entries, std::string_view input, std::string_view recurrent,
               std::string_view bias, ElfLayer& layer) {
  entries.push_back(weight_entry(input, layer.input));
  entries.push_back(weight_entry(recurrent, layer.recurrent));
  entries.push_back(weight_entry(bias, layer.bias));
}

void add_common(std::vector<WeightEntry>& entries, ElfWeights& w) {
  entries.push_back(weight_entry("output", w.output));
  entries.push_back(weight_entry("output_bias", w.output_bias));
  entries.push_back(weight_entry("sigma_factor", w.sigma_factor));
  entries.push_back(weight_entry("margin_factor", w.margin_factor));
}

std::vector<WeightEntry> entries_of(ElfLstmWeights& w) {
  std::vector<WeightEntry> entries;
  add_layer(entries, "first_input", "first_recurrent", "first_bias", w.first);
  add_layer(entries, "second_input", "second_recurrent", "second_bias", w.second);
  add_common(entries, w);
  return entries;
}

std::vector<WeightEntry> entries_of(ElfAttentionWeights& w) {
  std::vector<WeightEntry> entries;
  add_layer(entries, "encoder_input", "encoder_recurrent", "encoder_bias", w.encoder);
  add_layer(entries, "decoder_input", "decoder_recurrent", "decoder_bias", w.decoder);
  entries.push_back(weight_entry("match", w.match));
  entries.push_back(weight_entry("match_bias", w.match_bias));
  entries.push_back(weight_entry("score", w.score));
  entries.push_back(weight_entry("score_bias", w.score_bias));
  entries.push_back(weight_entry("join", w.join));
  entries.push_back(weight_entry("join_bias", w.join_bias));
  add_common(entries, w);
  return entries;
}

template <typename Matrix>
bool has(const Matrix& matrix, Eigen::Index rows, Eigen::Index columns) {
  return matrix.rows() == rows && matrix.cols() == columns;
}

bool fit(const ElfLayer& layer, Eigen::Index inputs, Eigen::Index units) {
  return has(layer.input, 4 * units, inputs) && has(layer.recurrent, 4 * units, units) && has(layer.bias, 4 * units, 1);
}

bool fit(const ElfWeights& w, Eigen::Index inputs) {
  return has(w.output, kSides, inputs) && has(w.output_bias, kSides, 1) && has(w.sigma_factor, kFarthestAhead, 1) &&
         has(w.margin_factor, kFarthestAhead, 1);
}

bool fit(const ElfLstmWeights& w) {
  constexpr Eigen::Index kUnits = ElfLstmWeights::kUnits;
  return fit(w.first, kSides, kUnits) && fit(w.second, kUnits, kUnits) && fit(w, kUnits);
}

bool fit(const ElfAttentionWeights& w) {
  constexpr Eigen::Index kUnits = ElfAttentionWeights::kUnits;
  return fit(w.encoder, kSides, kUnits) && fit(w.decoder, kSides, kUnits) && has(w.match, kUnits, 3 * kUnits) &&
         has(w.match_bias, kUnits, 1) && has(w.score, 1, kUnits) && has(w.score_bias, 1, 1) &&
         has(w.join, kSides, kUnits + kSides) && has(w.join_bias, kSides, 1) && fit(w, 2 * kUnits);
}

template <typename Weights>
std::string format(std::string_view kind, Weights weights) {
  return format_weight_table(kind, weights.trained_on, entries_of(weights));
}

template <typename Weights>
Result<Weights> parse(std::string_view kind, std::string_view bytes) {
  Weights weights;
  auto sequences = parse_weight_table(kind, bytes, entries_of(weights), [&weights] { return fit(weights); });
  if (!sequences) return fail(sequences.error());
  weights.trained_on = std::move(*sequences);
  return weights;
}

ElfBox in_frame_units(const Box& box, float width, float height) {
  return {box.left / width, box.top / height, box.right / width, box.bottom / height};
}

/// In pixels, and the right way round, which the networks do not promise.
Box in_pixels(const ElfBox& box, float width, float height) {
  return {std::min(box[0], box[2]) * width, std::min(box[1], box[3]) * height, std::max(box[0], box[2]) * width,
          std::max(box[1], box[3]) * height};
}

}  // namespace

std::string format_elf_weights(const ElfLstmWeights& weights) { return format(kLstm, weights); }

std::string format_elf_weights(const ElfAttentionWeights& weights) { return format(kAttention, weights); }

Result<ElfLstmWeights> parse_elf_lstm_weights(std::string_view bytes) { return parse<ElfLstmWeights>(kLstm, bytes); }

Result<ElfAttentionWeights> parse_elf_attention_weights(std::string_view bytes) {
  return parse<ElfAttentionWeights>(kAttention, bytes);
}

ElfBox elf_next(const ElfLstmWeights& w, const ElfBox& before, const ElfBox& now) {
  State<ElfLstmWeights::kUnits> first, second;
  for (const ElfBox* box : {&before, &now}) {
    advance(w.first, *box, first);
    advance(w.second, first.hidden, second);
  }
  ElfBox out = w.output_bias;
  out.noalias() += w.output.lazyProduct(second.hidden.cwiseMax(0.F));
  return out.unaryExpr([](float x) { return sigmoid(x); });
}

ElfBox elf_next(const ElfAttentionWeights& w, const ElfBox& before, const ElfBox& now) {
  constexpr int kUnits = ElfAttentionWeights::kUnits;
  using Units = Eigen::Matrix<float, kUnits, 1>;
  State<kUnits> encoder, decoder;
  std::array<Units, 2> states;
  advance(w.encoder, before, encoder);
  states[0] = encoder.hidden;
  advance(w.encoder, now, encoder);
  states[1] = encoder.hidden;
  Units found;
  for (const ElfBox* box : {&before, &now}) {
    std::array<float, 2> score{};
    for (std::size_t i = 0; i < states.size(); ++i) {
      Eigen::Matrix<float, 3 * kUnits, 1> all;
      all << decoder.hidden, decoder.cell, states[i];
      Units match = w.match_bias;
      match.noalias() += w.match.lazyProduct(all);
      score[i] = w.score.row(0).dot(match.array().tanh().matrix()) + w.score_bias[0];
    }
    const float share = sigmoid(score[0] - score[1]);  // the softmax of two
    found = share * states[0] + (1 - share) * states[1];
    Eigen::Matrix<float, kUnits + kSides, 1> both;
    both << found, *box;
    ElfBox joined = w.join_bias;
    joined.noalias() += w.join.lazyProduct(both);
    advance(w.decoder, joined, decoder);
  }
  Eigen::Matrix<float, 2 * kUnits, 1> both;
  both << decoder.hidden, found;
  ElfBox out = w.output_bias;
  out.noalias() += w.output.lazyProduct(both);
  return out;
}

template <typename Weights>
PredictedBox ElfPredictor<Weights>::predict(const BoxHistory& history, std::size_t place, int ahead) const {
  const TrackHistory& track = history.tracks()[place];
  const auto width = static_cast<float>(history.width()), height = static_cast<float>(history.height());
  const int frames = ahead + track.missed, known = std::min(frames, kFarthestAhead);
  const Box& last = track.box();
  ElfBox before = in_frame_units(track.seen(track.size() > 1 ? 1 : 0).box, width, height);
  ElfBox now = in_frame_units(last, width, height);
  for (int i = 0; i < known; ++i) {
    const ElfBox next = elf_next(weights_, before, now);
    before = now;
    now = next;
  }
  const Box box = in_pixels(now, width, height);
  const float farther = static_cast<float>(frames) / static_cast<float>(known);
  const auto onward = [farther](float from, float to) { return from + farther * (to - from); };
  PredictedBox predicted{{onward(last.left, box.left), onward(last.top, box.top), onward(last.right, box.right),
                          onward(last.bottom, box.bottom)},
                         {},
                         {}};
  for (std::size_t side = 0; side < 4; ++side) {
    const float unit = farther * (side % 2 == 0 ? last.width() : last.height());
    predicted.sigma[side] = unit * weights_.sigma_factor[known - 1];
    predicted.margin[side] = unit * weights_.margin_factor[known - 1];
  }
  return predicted;
}

template class ElfPredictor<ElfLstmWeights>;
template class ElfPredictor<ElfAttentionWeights>;

}  // namespace weir
