// SPDX-License-Identifier: Apache-2.0
#include "train/proposals/elf_net.hpp"

#include "train/proposals/copy_weights.hpp"

namespace weir::train {
namespace {

constexpr std::int64_t kSides = 4;

torch::nn::LSTM layers(std::int64_t inputs, std::int64_t units, std::int64_t count) {
  return torch::nn::LSTM(torch::nn::LSTMOptions(inputs, units).num_layers(count));
}

void copy_layer(const torch::nn::LSTM& from, const std::string& number, ElfLayer& to) {
  const auto parameters = from->named_parameters();
  copy_matrix(parameters["weight_ih_l" + number], to.input);
  copy_matrix(parameters["weight_hh_l" + number], to.recurrent);
  copy_vector(parameters["bias_ih_l" + number] + parameters["bias_hh_l" + number], to.bias);
}

void copy_linear(const torch::nn::Linear& from, Eigen::MatrixXf& matrix, Eigen::VectorXf& bias) {
  copy_matrix(from->weight, matrix);
  copy_vector(from->bias, bias);
}

void finish(const torch::nn::Linear& output, ElfWeights& weights) {
  copy_linear(output, weights.output, weights.output_bias);
  weights.sigma_factor = Eigen::VectorXf::Ones(kFarthestAhead);
  weights.margin_factor = Eigen::VectorXf::Ones(kFarthestAhead);
}

}  // namespace

NamedTensors ElfNet::tensors() const {
  NamedTensors all;
  for (const auto& parameter : named_parameters()) all.emplace_back(parameter.key(), parameter.value());
  return all;
}

ElfLstmNet::ElfLstmNet()
    : lstm_(register_module("lstm", layers(kSides, ElfLstmWeights::kUnits, 2))),
      output_(register_module("output", torch::nn::Linear(std::int64_t{ElfLstmWeights::kUnits}, kSides))) {}

torch::Tensor ElfLstmNet::forward(const torch::Tensor& boxes) {
  const torch::Tensor last = std::get<0>(lstm_->forward(boxes))[-1];
  return torch::sigmoid(output_->forward(torch::relu(last)));
}

ElfLstmWeights ElfLstmNet::weights() const {
  ElfLstmWeights weights;
  copy_layer(lstm_, "0", weights.first);
  copy_layer(lstm_, "1", weights.second);
  finish(output_, weights);
  return weights;
}

ElfAttentionNet::ElfAttentionNet()
    : encoder_(register_module("encoder", layers(kSides, ElfAttentionWeights::kUnits, 1))),
      decoder_(register_module("decoder", layers(kSides, ElfAttentionWeights::kUnits, 1))),
      match_(register_module(
          "match", torch::nn::Linear(3 * ElfAttentionWeights::kUnits, std::int64_t{ElfAttentionWeights::kUnits}))),
      score_(register_module("score", torch::nn::Linear(std::int64_t{ElfAttentionWeights::kUnits}, 1))),
      join_(register_module("join", torch::nn::Linear(ElfAttentionWeights::kUnits + kSides, kSides))),
      output_(register_module("output", torch::nn::Linear(2 * ElfAttentionWeights::kUnits, kSides))) {}

torch::Tensor ElfAttentionNet::forward(const torch::Tensor& boxes) {
  const torch::Tensor states = std::get<0>(encoder_->forward(boxes));  // 2 x B x 8
  torch::Tensor hidden = torch::zeros({1, boxes.size(1), std::int64_t{ElfAttentionWeights::kUnits}}), cell = hidden,
                found;
  for (std::int64_t step = 0; step < boxes.size(0); ++step) {
    const torch::Tensor all = torch::cat({hidden.expand_as(states), cell.expand_as(states), states}, -1);
    const torch::Tensor share = torch::softmax(score_->forward(torch::tanh(match_->forward(all))), 0);
    found = (share * states).sum(0);
    const torch::Tensor joined = join_->forward(torch::cat({found, boxes[step]}, -1)).unsqueeze(0);
    std::tie(hidden, cell) = std::get<1>(decoder_->forward(joined, std::make_tuple(hidden, cell)));
  }
  return output_->forward(torch::cat({hidden[0], found}, -1));
}

ElfAttentionWeights ElfAttentionNet::weights() const {
  ElfAttentionWeights weights;
  copy_layer(encoder_, "0", weights.encoder);
  copy_layer(decoder_, "0", weights.decoder);
  copy_linear(match_, weights.match, weights.match_bias);
  copy_linear(score_, weights.score, weights.score_bias);
  copy_linear(join_, weights.join, weights.join_bias);
  finish(output_, weights);
  return weights;
}

torch::Tensor elf_loss(const torch::Tensor& predicted, const torch::Tensor& truth) {
  const auto area = [](const torch::Tensor& x) {
    return (x.narrow(-1, 2, 2) - x.narrow(-1, 0, 2)).clamp_min(0).prod(-1);
  };
  const torch::Tensor low = torch::maximum(predicted.narrow(-1, 0, 2), truth.narrow(-1, 0, 2));
  const torch::Tensor high = torch::minimum(predicted.narrow(-1, 2, 2), truth.narrow(-1, 2, 2));
  const torch::Tensor common = (high - low).clamp_min(0).prod(-1);
  const torch::Tensor overlap = common / (area(predicted) + area(truth) - common).clamp_min(1e-9);
  return (predicted - truth).square().mean(0).sum() + (1 - overlap).mean();
}

}  // namespace weir::train
