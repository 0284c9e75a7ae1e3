// SPDX-License-Identifier: Apache-2.0
#include "train/switchable/initialise.hpp"

#include <algorithm>
#include <cmath>

#include "train/common/loop/epoch_order.hpp"

namespace weir::train {
namespace {

constexpr std::int64_t kStartSteps = std::int64_t{1} << 40;  // their crops are none of training
constexpr double kNoise = 0.1;                               // of the seam's deviations, for the outputs' sensitivity
constexpr int kNoiseRounds = 2;
constexpr std::size_t kClusterBatches = 2;
constexpr int kContextSteps = 60;
constexpr double kContextRate = 0.02;
constexpr double kLeastWeight = 0.05;    // of a direction of the seam, by the mean of all
constexpr double kLargestDeviation = 4;  // of a channel of the bottleneck

struct SeamStatistics {
  torch::Tensor mean, deviation;  ///< [C]
  torch::Tensor covariance;       ///< [C, C], of the values by their deviations
  double variance = 0;            ///< mean over channels
};

/// [C, positions]
torch::Tensor columns(const torch::Tensor& values) { return values.transpose(0, 1).flatten(1); }

torch::Tensor along_channels(const torch::Tensor& vector) { return vector.view({1, -1, 1, 1}); }

SeamStatistics statistics_of(const std::vector<SeenCrops>& seen) {
  std::vector<torch::Tensor> parts;
  for (const SeenCrops& crops : seen) parts.push_back(columns(crops.seam));
  const torch::Tensor values = torch::cat(parts, 1).to(torch::kDouble);
  SeamStatistics statistics;
  statistics.mean = values.mean(1);
  statistics.deviation = values.std(1, /*unbiased=*/false).clamp_min(1e-6);
  statistics.variance = statistics.deviation.square().mean().item<double>();
  const auto normal = (values - statistics.mean.unsqueeze(1)) / statistics.deviation.unsqueeze(1);
  statistics.covariance = normal.mm(normal.t()) / static_cast<double>(normal.size(1));
  return statistics;
}

/// How the distance of the outputs curves along the seam's directions, [C, C]. Gradients at points off by noise are the
/// curvature times the noise, so the mean of their outer products is its square; unlike their products with the noise
/// this is no difference of large numbers, and few crops are enough.
Result<torch::Tensor> sensitivity(SwitchCrew& crew, const std::vector<SeenCrops>& seen,
                                  const SeamStatistics& statistics) {
  torch::Tensor sum = torch::zeros_like(statistics.covariance);
  const auto scale = along_channels(statistics.deviation.to(torch::kFloat));
  for (int round = 0; round < kNoiseRounds; ++round) {
    for (const SeenCrops& crops : seen) {
      const torch::Tensor noise = torch::randn_like(crops.seam) * kNoise;
      const torch::Tensor seam = (crops.seam + noise * scale).set_requires_grad(true);
      const auto distance = crew.distance(crew.first(), crops, seam);
      if (!distance) return fail(distance.error());
      const auto gradient = columns(torch::autograd::grad({distance->sum()}, {seam})[0] * scale).to(torch::kDouble);
      sum += gradient.mm(gradient.t());
    }
  }
  const auto [squares, directions] = torch::linalg_eigh(sum, "L");
  return directions.mm(squares.clamp_min(0).sqrt().diag()).mm(directions.t());
}

void set(const NamedTensors& tensors, const std::string& name, const torch::Tensor& value) {
  for (const auto& [held, tensor] : tensors) {
    if (held == name) torch::Tensor(tensor).copy_(value.view(tensor.sizes()));
  }
}

/// Sets both linear maps: bottleneck = A (seam - mean), seam = mean + B bottleneck. A turns the seam, weighted by the
/// root of the curvature, to its principal components: one step for all channels then costs the outputs least.
void set_linear(SwitchMember& member, const SeamStatistics& statistics, const torch::Tensor& curvature) {
  const torch::NoGradGuard no_grad;
  auto [weights, directions] = torch::linalg_eigh(curvature, "L");
  weights = weights.clamp_min(0);
  weights = weights + kLeastWeight * weights.mean() + 1e-12;
  const auto root = directions.mm(weights.sqrt().diag()).mm(directions.t());
  const auto inverse = directions.mm(weights.rsqrt().diag()).mm(directions.t());
  const auto [spread, components] = torch::linalg_eigh(root.mm(statistics.covariance).mm(root), "L");
  const std::int64_t channels = member.setups.step.size(1), seam_channels = spread.size(0);
  const auto kept = components.flip(1).slice(1, 0, channels);  // [C, <= K], most important first
  const double unit = std::sqrt(std::max(spread[-1].item<double>(), 1e-12)) / kLargestDeviation;
  torch::Tensor to = torch::zeros({channels, seam_channels}, torch::kDouble);
  torch::Tensor from = torch::zeros({seam_channels, channels}, torch::kDouble);
  to.slice(0, 0, kept.size(1)).copy_(kept.t().mm(root) / statistics.deviation.unsqueeze(0) / unit);
  from.slice(1, 0, kept.size(1)).copy_(statistics.deviation.unsqueeze(1) * inverse.mm(kept) * unit);
  const std::string encoder = kEncoderLinear, decoder = kDecoderLinear;
  set(member.encoder.parameters(), encoder + ".weight", to);
  set(member.encoder.parameters(), encoder + ".bias", -to.mv(statistics.mean));
  set(member.decoder.parameters(), decoder + ".weight", from);
  set(member.decoder.parameters(), decoder + ".bias", statistics.mean);
}

/// Lets the prediction of symbols learn alone, which costs little, so that rates are true from the first step on.
void fit_context(SwitchCrew& crew, const torch::Tensor& values) {
  SetupTensors& setups = crew.first().setups;
  torch::optim::Adam optimizer({setups.context}, torch::optim::AdamOptions(kContextRate));
  const torch::Tensor every = torch::arange(std::ssize(crew.rungs()));
  for (int i = 0; i < kContextSteps; ++i) {
    const torch::Tensor crop = values[i % values.size(0)].expand({every.size(0), -1, -1, -1});
    const torch::Tensor noise = torch::rand(crop.sizes()) - 0.5;
    const Coded coded = code(crop, every, crew.rungs(), setups, noise);
    optimizer.zero_grad();
    setups.context.mutable_grad() = torch::autograd::grad({coded.bits.log().sum()}, {setups.context})[0];
    optimizer.step();
  }
  setups.context.mutable_grad().reset();
}

Status set_steps(SwitchCrew& crew, const std::vector<SeenCrops>& seen) {
  torch::Tensor values;
  {
    const torch::NoGradGuard no_grad;
    std::vector<torch::Tensor> parts;
    for (const SeenCrops& crops : seen) {
      auto encoded = crew.first().encoder.forward({crops.seam});
      if (!encoded) return encoded.error();
      parts.push_back((*encoded)[0]);
    }
    values = torch::cat(parts);
    for (std::size_t u = 0; u < crew.rungs().size(); ++u) {
      const double step = step_for_rate(values, crew.rungs()[u]);
      crew.first().setups.step[static_cast<std::int64_t>(u)].fill_(std::log(step) / kStepPace);
    }
  }
  fit_context(crew, values);
  return {};
}

Passes all_in_setup(const SeenCrops& crops, std::size_t setup) {
  Passes passes;
  for (std::int64_t i = 0; i < crops.seam.size(0); ++i) {
    passes.crops.push_back(i);
    passes.setups.push_back(static_cast<std::int64_t>(setup));
  }
  return passes;
}

Status measure(SwitchCrew& crew, const std::vector<SeenCrops>& seen, SwitchableStart& start) {
  const torch::NoGradGuard no_grad;
  for (std::size_t u = 0; u < crew.rungs().size(); ++u) {
    double distance = 0, bits = 0;
    for (std::size_t i = 0; i < seen.size(); ++i) {
      const auto results = crew.run(crew.first(), seen[i], all_in_setup(seen[i], u), i);
      if (!results) return results.error();
      distance += results->distance.mean().item<double>() / static_cast<double>(seen.size());
      bits += results->counted.mean().item<double>() / static_cast<double>(seen.size());
    }
    start.distances.push_back(std::max(distance, 1e-6));
    start.bits.push_back(bits);
  }
  return {};
}

/// For each setup the sum over batches of the cosine between its gradient and the richest setup's, of the decoder's
/// first weights for the channels that all setups send.
Result<std::vector<double>> alignments(SwitchCrew& crew, const std::vector<SeenCrops>& seen) {
  SwitchMember& member = crew.first();
  torch::Tensor weight;
  for (const auto& [name, tensor] : member.decoder.parameters()) {
    if (name == std::string(kDecoderLinear) + ".weight") weight = tensor;
  }
  const int common = std::ranges::min(crew.rungs(), {}, &Rung::channels).channels;
  std::vector<double> sums(crew.rungs().size(), 0);
  for (std::size_t i = 0; i < std::min(seen.size(), kClusterBatches); ++i) {
    torch::Tensor richest;
    for (std::size_t u = 0; u < crew.rungs().size(); ++u) {
      const auto results = crew.run(member, seen[i], all_in_setup(seen[i], u), i);
      if (!results) return fail(results.error());
      const auto gradient =
          torch::autograd::grad({results->distance.mean()}, {weight})[0].slice(1, 0, common).flatten();
      if (u == 0) richest = gradient;
      sums[u] += torch::cosine_similarity(gradient, richest, 0).item<double>();
    }
  }
  return sums;
}

}  // namespace

Result<SwitchableStart> initialise(SwitchCrew& crew, const InitialiseOptions& options) {
  std::vector<SeenCrops> seen;
  for (int i = 0; i < options.batches; ++i) {
    auto crops = crew.look(crew.first(), crew.crops(crew.first(), kStartSteps + i, 0));
    if (!crops) return fail(crops.error());
    seen.push_back(std::move(*crops));
  }
  const SeamStatistics statistics = statistics_of(seen);
  crew.set_seam_variance(std::max(statistics.variance, 1e-12));
  if (options.linear) {
    const auto curvature = sensitivity(crew, seen, statistics);
    if (!curvature) return fail(curvature.error());
    set_linear(crew.first(), statistics, *curvature);
  }
  if (Status status = set_steps(crew, seen); !status) return fail(status.error());
  SwitchableStart start;
  if (Status status = measure(crew, seen, start); !status) return fail(status.error());
  start.clusters.assign(crew.rungs().size(), 0);
  if (options.cluster) {
    const auto along = alignments(crew, seen);
    if (!along) return fail(along.error());
    start.clusters = cut_at_gaps(*along, options.clusters);
  }
  return start;
}

}  // namespace weir::train
