// SPDX-License-Identifier: Apache-2.0
#include "train/switchable/rate.hpp"

#include <cmath>
#include <numbers>

namespace weir::train {
namespace {

using torch::indexing::None;
using torch::indexing::Slice;

// What neighbours tell about a symbol, seen from the entropy of single symbols.
constexpr double kContextGain = 0.85;
constexpr int kHalvings = 16;
constexpr double kKept = 0.999;         // share of a channel's values that its symbols reach
constexpr std::int64_t kExamples = 12;  // enough to find a step by

torch::Tensor straight_through_round(const torch::Tensor& x) { return x + (x.round() - x).detach(); }

/// One row per example, to be broadcast over positions.
torch::Tensor rows(const torch::Tensor& table, const torch::Tensor& index) {
  return table.index_select(0, index).unsqueeze(-1).unsqueeze(-1);
}

/// [M, K] of 1 for channels that are sent, and [M, 1] of the largest symbol + 1.
std::pair<torch::Tensor, torch::Tensor> limits(const torch::Tensor& index, const std::vector<Rung>& rungs,
                                               std::int64_t channels) {
  torch::Tensor sent = torch::zeros({static_cast<std::int64_t>(rungs.size()), channels});
  torch::Tensor reach = torch::zeros({static_cast<std::int64_t>(rungs.size()), 1});
  for (std::size_t u = 0; u < rungs.size(); ++u) {
    const auto row = static_cast<std::int64_t>(u);
    sent.index_put_({row, Slice(None, rungs[u].channels)}, 1);
    reach.index_put_({row, 0}, std::exp2(rungs[u].bits - 1));
  }
  return {rows(sent.to(index.device()), index), rows(reach.to(index.device()), index)};
}

/// Bits of each symbol under a logistic distribution whose mean and scale follow the left and upper neighbours.
torch::Tensor symbol_bits(const torch::Tensor& symbols, const torch::Tensor& context) {
  const auto padded = torch::constant_pad_nd(symbols, {1, 0, 1, 0});
  const std::int64_t h = symbols.size(2), w = symbols.size(3);
  const auto left = padded.slice(2, 1, h + 1).slice(3, 0, w), above = padded.slice(2, 0, h).slice(3, 1, w + 1),
             corner = padded.slice(2, 0, h).slice(3, 0, w);
  const auto part = [&](std::int64_t i) { return (kStepPace * context.select(2, i)).unsqueeze(-1).unsqueeze(-1); };
  const auto mean = part(0) * left + part(1) * above + part(2) * corner;
  const auto reach = part(3) + part(4) * left.abs().log1p() + part(5) * above.abs().log1p();
  const auto narrow = torch::exp(-reach.clamp(-4, 5));
  const auto away = (symbols - mean).abs();
  const auto mass = torch::sigmoid((0.5 - away) * narrow) - torch::sigmoid((-0.5 - away) * narrow);
  return -(mass + 1e-8).log() / std::numbers::ln2;
}

/// Entropy of the symbols of one channel, in bits.
double channel_entropy(const torch::Tensor& symbols) {
  const auto shifted = (symbols - symbols.min()).to(torch::kLong).flatten();
  const auto counts = torch::bincount(shifted).to(torch::kDouble);
  const auto share = counts.masked_select(counts > 0) / counts.sum();
  return -(share * share.log()).sum().item<double>() / std::numbers::ln2;
}

}  // namespace

SetupTensors SetupTensors::twin() const {
  const auto leaf = [](const torch::Tensor& tensor) { return tensor.detach().set_requires_grad(true); };
  return {leaf(step), leaf(scale), leaf(bias), leaf(context)};
}

NamedTensors SetupTensors::named() const {
  return {{"setup/step", step}, {"setup/scale", scale}, {"setup/bias", bias}, {"setup/context", context}};
}

torch::Tensor SetupTensors::steps() const { return torch::exp(kStepPace * step); }

SetupTensors make_setups(std::int64_t setups, std::int64_t channels, std::int64_t decoder_width) {
  SetupTensors made;
  made.step = torch::zeros({setups, channels}).set_requires_grad(true);
  made.scale = torch::ones({setups, decoder_width}).set_requires_grad(true);
  made.bias = torch::zeros({setups, decoder_width}).set_requires_grad(true);
  made.context = (torch::tensor({0.3, 0.3, -0.1, -0.7, 0.4, 0.4}, torch::kFloat) / kStepPace)
                     .expand({setups, channels, kContext})
                     .clone()
                     .set_requires_grad(true);
  return made;
}

Coded code(const torch::Tensor& values, const torch::Tensor& index, const std::vector<Rung>& rungs,
           const SetupTensors& setups, const torch::Tensor& noise) {
  const auto step = rows(setups.steps(), index);
  const auto [sent, reach] = limits(index, rungs, values.size(1));
  const auto scaled = torch::minimum(torch::maximum(values / step, -reach), reach - 1);
  const auto symbols = straight_through_round(scaled);
  const auto context = setups.context.index_select(0, index);
  const auto positions = static_cast<double>(values.size(2) * values.size(3));
  const auto bits_of = [&](const torch::Tensor& x) {
    return (symbol_bits(x * sent, context) * sent).sum({1, 2, 3}) / positions;
  };
  Coded coded{symbols * step * sent, {}, {}};
  {
    const torch::NoGradGuard no_grad;
    coded.counted = bits_of(symbols);
  }
  coded.bits = noise.defined() ? bits_of(scaled + noise) : coded.counted;
  return coded;
}

double step_for_rate(const torch::Tensor& values, const Rung& rung) {
  const torch::NoGradGuard no_grad;
  const double reach = std::exp2(rung.bits - 1);
  const auto sent = values.slice(0, 0, kExamples).slice(1, 0, rung.channels).transpose(0, 1).flatten(1);
  // Finer steps would cut off large values.
  double low = std::max(sent.abs().quantile(kKept, 1).max().item<double>() / reach, 1e-4), high = 1e4 * low;
  for (int i = 0; i < kHalvings; ++i) {
    const double step = std::sqrt(low * high);
    double bits = 0;
    for (std::int64_t c = 0; c < rung.channels; ++c) {
      bits += channel_entropy((sent[c] / step).round().clamp(-reach, reach - 1));
    }
    (kContextGain * bits > rung.rate ? low : high) = step;
  }
  return std::sqrt(low * high);
}

}  // namespace weir::train
