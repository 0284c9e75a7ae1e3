// SPDX-License-Identifier: Apache-2.0
#include "train/switchable/distil.hpp"

namespace weir::train {
namespace {

using Tensors = std::vector<torch::Tensor>;

constexpr double kLeastConfidence = 0.02;  // of what is looked at beyond its objectness
constexpr double kBoxWeight = 2;
constexpr double kBoxCorner = 0.1;  // errors of boxes below count by their square
constexpr double kLeastShare = 1e-5;

/// Kullback-Leibler distance of two chances of yes, element by element.
torch::Tensor binary_distance(const torch::Tensor& expected, const torch::Tensor& found) {
  const auto p = expected.clamp(kLeastShare, 1 - kLeastShare), q = found.clamp(kLeastShare, 1 - kLeastShare);
  return p * (p / q).log() + (1 - p) * ((1 - p) / (1 - q)).log();
}

torch::Tensor smooth(const torch::Tensor& error) {
  const auto size = error.abs();
  return torch::where(size < kBoxCorner, size * size / (2 * kBoxCorner), size - kBoxCorner / 2);
}

/// Rows of [M, A, n] where `chosen` [M, A] says so.
torch::Tensor rows_of(const torch::Tensor& tensor, const torch::Tensor& chosen) {
  return tensor.flatten(0, 1).index_select(0, chosen);
}

/// Adds one number a row to the example that the row is of.
torch::Tensor per_example(const torch::Tensor& values, const torch::Tensor& chosen, const torch::Tensor& like) {
  return torch::zeros({like.size(0)}, values.options()).index_add(0, chosen.floor_divide(like.size(1)), values);
}

torch::Tensor yolox_distance(const torch::Tensor& expected, const torch::Tensor& found) {
  const auto objectness = expected.select(2, 4);
  const auto all = binary_distance(objectness, found.select(2, 4)).sum(1);
  const auto chosen = (objectness.flatten() > kLeastConfidence).nonzero().squeeze(1);
  if (chosen.numel() == 0) return all;
  const auto e = rows_of(expected, chosen), f = rows_of(found, chosen);
  const auto e_class = e.slice(1, 5), f_class = f.slice(1, 5);
  const auto classes = e.select(1, 4) * binary_distance(e_class, f_class).sum(1);
  const auto confidence = e.select(1, 4) * e_class.amax(1);
  const auto moved = smooth((f.slice(1, 0, 2) - e.slice(1, 0, 2)) / e.slice(1, 2, 4).exp()).sum(1);
  const auto sized = smooth(f.slice(1, 2, 4) - e.slice(1, 2, 4)).sum(1);
  return all + per_example(classes + kBoxWeight * confidence * (moved + sized), chosen, expected);
}

/// Scores [M, A, classes] and logits of side distances [M, A, 4 * bins] of one stride.
torch::Tensor nanodet_distance(const torch::Tensor& expected, const torch::Tensor& found, const torch::Tensor& e_sides,
                               const torch::Tensor& f_sides) {
  const auto all = binary_distance(expected, found).sum({1, 2});
  const auto confidence = expected.amax(2).flatten();
  const auto chosen = (confidence > kLeastConfidence).nonzero().squeeze(1);
  if (chosen.numel() == 0) return all;
  const std::int64_t bins = e_sides.size(2) / 4;
  const auto log_p = rows_of(e_sides, chosen).view({-1, 4, bins}).log_softmax(2);
  const auto log_q = rows_of(f_sides, chosen).view({-1, 4, bins}).log_softmax(2);
  const auto place = torch::arange(bins, log_p.options());
  const auto e_side = (log_p.exp() * place).sum(2), f_side = (log_q.exp() * place).sum(2);
  const auto size = (e_side.slice(1, 0, 2) + e_side.slice(1, 2, 4)).repeat({1, 2}) + 0.5;
  const auto moved = smooth((f_side - e_side) / size).sum(1);
  const auto spread = (log_p.exp() * (log_p - log_q)).sum({1, 2});
  const auto weight = confidence.index_select(0, chosen);
  return all + per_example(weight * (kBoxWeight * moved + 0.2 * spread), chosen, expected);
}

torch::Tensor plain_distance(const torch::Tensor& expected, const torch::Tensor& found) {
  const auto e = expected.flatten(1), f = found.flatten(1);
  const auto relative = (f - e).square().mean(1) / (e.var(/*unbiased=*/false) + 1e-12);
  if (expected.dim() != 2) return relative;
  const auto log_p = e.log_softmax(1), log_q = f.log_softmax(1);
  return relative + (log_p.exp() * (log_p - log_q)).sum(1);
}

}  // namespace

torch::Tensor Distiller::distance(const Tensors& expected, const Tensors& found) const {
  if (kind_ == OutputKind::yolox) return yolox_distance(expected[0], found[0]);
  torch::Tensor sum;
  const auto add = [&](const torch::Tensor& part) { sum = sum.defined() ? sum + part : part; };
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    if (kind_ == OutputKind::plain) {
      add(plain_distance(expected[i], found[i]));
      continue;
    }
    const std::string& name = outputs_[i].name;
    if (!name.starts_with("scores_")) continue;
    const std::string sides = "distances_" + name.substr(name.find('_') + 1);
    for (std::size_t j = 0; j < outputs_.size(); ++j) {
      if (outputs_[j].name == sides) add(nanodet_distance(expected[i], found[i], expected[j], found[j]));
    }
  }
  return sum;
}

OutputKind output_kind(const OnnxModel& network) {
  std::vector<TensorInfo> outputs;
  for (const OnnxValue& output : network.outputs) outputs.push_back({output.name, output.dtype, output.shape});
  return weir::output_kind(outputs);
}

}  // namespace weir::train
