// SPDX-License-Identifier: Apache-2.0
#include "train/proposals/net.hpp"

#include <algorithm>
#include <cmath>

#include "train/proposals/copy_weights.hpp"

namespace weir::train {
namespace {

constexpr double kCornerWeight = 0.3, kScaleWeight = 1.0, kQuantile = 0.97;
constexpr double kMostShift = 4, kMostLog = 1;  // as in shifted()
constexpr auto kShifts = static_cast<std::int64_t>(LstmWeights::kShiftOutputs);
constexpr auto kDepth = static_cast<std::int64_t>(TrackHistory::kDepth);
constexpr auto kScales = static_cast<std::int64_t>(LstmWeights::kScaleOutputs);

torch::nn::LSTMOptions lstm_options(const ProposalShape& shape) {
  return torch::nn::LSTMOptions(std::int64_t{kBoxFeatures}, shape.hidden);
}

torch::Tensor starting_keep() {
  // Half of the last velocity, as far as the distance ahead goes: between standing still and going on.
  return torch::full({kFarthestAhead, 4}, 0.5F);
}

torch::Tensor side(const torch::Tensor& boxes, int i) { return boxes.select(-1, i); }

/// Width and height of T x B x 4 boxes as the units of their sides: T x B x 1 x 4.
torch::Tensor side_units(const torch::Tensor& box) {
  const torch::Tensor width = side(box, 2) - side(box, 0), height = side(box, 3) - side(box, 1);
  return torch::stack({width, height, width, height}, -1).unsqueeze(2);
}

torch::Tensor intersection_over_union(const torch::Tensor& a, const torch::Tensor& b) {
  const torch::Tensor low = torch::maximum(a.narrow(-1, 0, 2), b.narrow(-1, 0, 2));
  const torch::Tensor high = torch::minimum(a.narrow(-1, 2, 2), b.narrow(-1, 2, 2));
  const torch::Tensor common = (high - low).clamp_min(0).prod(-1);
  const auto area = [](const torch::Tensor& x) {
    return (x.narrow(-1, 2, 2) - x.narrow(-1, 0, 2)).clamp_min(0).prod(-1);
  };
  return common / (area(a) + area(b) - common).clamp_min(1e-6);
}

}  // namespace

ProposalNet::ProposalNet(const ProposalShape& shape)
    : lstm_(register_module("lstm", torch::nn::LSTM(lstm_options(shape)))),
      dropout_(register_module("dropout", torch::nn::Dropout(shape.dropout))),
      dense_(
          register_module("dense", torch::nn::Linear(shape.attention ? 2 * shape.hidden : shape.hidden, shape.dense))),
      output_(register_module("output", torch::nn::Linear(shape.dense, std::int64_t{LstmWeights::kOutputs}))),
      keep_(register_parameter("keep", starting_keep())) {
  const torch::NoGradGuard no_grad;
  output_->weight.mul_(0.1);
  output_->bias.zero_();
  output_->bias.narrow(0, kShifts, kScales).fill_(-2);
  if (!shape.attention) return;
  query_ = register_parameter("query", torch::randn({shape.hidden, shape.hidden}) / std::sqrt(double(shape.hidden)));
  age_bias_ = register_parameter("age_bias", torch::zeros({kDepth}));
}

torch::Tensor ProposalNet::look_back(const torch::Tensor& hidden) const {
  const std::int64_t steps = hidden.size(0);
  const torch::Tensor looked_for = torch::matmul(hidden, query_.t()) / std::sqrt(double(hidden.size(2)));
  std::vector<torch::Tensor> states, scores;
  for (std::int64_t age = 0; age < std::min(kDepth, steps); ++age) {
    const torch::Tensor none = torch::zeros({age, hidden.size(1), hidden.size(2)});
    states.push_back(torch::cat({none, hidden.narrow(0, 0, steps - age)}));
    torch::Tensor score = (looked_for * states.back()).sum(-1) + age_bias_[age];
    const torch::Tensor there = (torch::arange(steps) >= age).unsqueeze(1);
    scores.push_back(score.masked_fill(there.logical_not(), -1e9));
  }
  const torch::Tensor weights = torch::softmax(torch::stack(scores), 0).unsqueeze(-1);
  return torch::cat({hidden, (weights * torch::stack(states)).sum(0)}, -1);
}

torch::Tensor ProposalNet::forward(const torch::Tensor& features) {
  torch::Tensor hidden = std::get<0>(lstm_->forward(features));
  if (query_.defined()) hidden = look_back(hidden);
  return output_->forward(torch::relu(dense_->forward(dropout_->forward(hidden))));
}

std::pair<torch::Tensor, torch::Tensor> ProposalNet::decode(const torch::Tensor& outputs, const TrackBatch& batch) {
  const std::int64_t t = outputs.size(0), b = outputs.size(1);
  const torch::Tensor residual = outputs.narrow(-1, 0, kShifts).reshape({t, b, kFarthestAhead, 4});
  const torch::Tensor scale = outputs.narrow(-1, kShifts, kScales).reshape({t, b, kFarthestAhead, 4});
  const torch::Tensor gate = outputs.narrow(-1, kShifts + kScales, 4).unsqueeze(2);
  const torch::Tensor frames = torch::arange(1, kFarthestAhead + 1, torch::kFloat).reshape({1, 1, kFarthestAhead, 1});
  const torch::Tensor shift = frames * (keep_ + gate) * batch.velocity.unsqueeze(2) + residual;
  const torch::Tensor box = batch.box.unsqueeze(2), units = side_units(batch.box);
  const torch::Tensor size = units.narrow(-1, 0, 2);
  const torch::Tensor middle = 0.5 * (box.narrow(-1, 0, 2) + box.narrow(-1, 2, 2)) +
                               size * shift.narrow(-1, 0, 2).clamp(-kMostShift, kMostShift);
  const torch::Tensor half = 0.5 * size * shift.narrow(-1, 2, 2).clamp(-kMostLog, kMostLog).exp();
  return {torch::cat({middle - half, middle + half}, -1), scale.clamp(-8, 2)};
}

NamedTensors ProposalNet::tensors() const {
  NamedTensors all;
  for (const auto& parameter : named_parameters()) all.emplace_back(parameter.key(), parameter.value());
  return all;
}

LstmWeights ProposalNet::weights() const {
  const auto parameters = lstm_->named_parameters();
  LstmWeights weights;
  copy_matrix(parameters["weight_ih_l0"], weights.input);
  copy_matrix(parameters["weight_hh_l0"], weights.recurrent);
  copy_vector(parameters["bias_ih_l0"] + parameters["bias_hh_l0"], weights.gate_bias);
  copy_matrix(dense_->weight, weights.dense);
  copy_vector(dense_->bias, weights.dense_bias);
  copy_matrix(output_->weight, weights.output);
  copy_vector(output_->bias, weights.output_bias);
  copy_vector(keep_, weights.keep);
  if (query_.defined()) {
    copy_matrix(query_, weights.query);
    copy_vector(age_bias_, weights.age_bias);
  }
  weights.sigma_factor = Eigen::VectorXf::Ones(kFarthestAhead);
  weights.margin_factor = Eigen::VectorXf::Ones(kFarthestAhead);
  return weights;
}

torch::Tensor proposal_loss(const std::pair<torch::Tensor, torch::Tensor>& decoded, const TrackBatch& batch) {
  const auto& [boxes, log_scale] = decoded;
  const torch::Tensor limit = batch.limit.unsqueeze(2).expand_as(boxes);
  const torch::Tensor low = limit.narrow(-1, 0, 2).repeat({1, 1, 1, 2});
  const torch::Tensor high = limit.narrow(-1, 2, 2).repeat({1, 1, 1, 2});
  const torch::Tensor cut = torch::minimum(torch::maximum(boxes, low), high);
  const torch::Tensor overlap = intersection_over_union(cut, batch.targets);
  const torch::Tensor units = side_units(batch.box);
  const torch::Tensor corners = ((boxes - batch.targets) / units).abs().clamp_max(1).mean(-1);
  const torch::Tensor outward = torch::tensor({1.F, 1.F, -1.F, -1.F}) * (cut.detach() - batch.targets) / units;
  const torch::Tensor beyond = outward.clamp(-2, 2) - log_scale.exp();
  const torch::Tensor pinball = torch::maximum(kQuantile * beyond, (kQuantile - 1) * beyond).mean(-1);
  const torch::Tensor losses = 1 - overlap + kCornerWeight * corners + kScaleWeight * pinball;
  const torch::Tensor samples = batch.known.flatten(0, 1).sum(0).clamp_min(1);
  const torch::Tensor weights = torch::tensor({3.F, 1.F, 1.F, 1.F, 1.F}) / 7;  // near predictions are used most
  return ((losses * batch.known).flatten(0, 1).sum(0) / samples * weights).sum();
}

}  // namespace weir::train
