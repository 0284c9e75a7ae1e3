// SPDX-License-Identifier: Apache-2.0
#include "bench/codec/sensitivity.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/base/random.hpp"

namespace weir::bench {
namespace {

constexpr double kBoxWeight = 0.2;
constexpr double kNoise = 0.25;
constexpr std::size_t kRow = 85, kClasses = 5;

struct Scores {
  float person, vehicle;
};

Scores scores_of(const float* row) {
  const float* c = row + kClasses;
  return {row[4] * c[0], row[4] * std::max({c[1], c[2], c[3], c[5], c[7]})};
}

double deviation(const FeatureSet& set, std::size_t channel, std::size_t plane) {
  double sum = 0, squares = 0;
  for (const TensorView& t : set.views()) {
    for (const float v : t.as<float>().subspan(channel * plane, plane)) sum += v, squares += static_cast<double>(v) * v;
  }
  const double n = static_cast<double>(set.tensors.size() * plane);
  return std::sqrt(std::max(squares / n - sum * sum / n / n, 1e-12));
}

}  // namespace

double output_distance(const TensorView& a, const TensorView& b) {
  const auto p = a.as<float>(), q = b.as<float>();
  double sum = 0;
  for (std::size_t at = 0; at + kRow <= p.size(); at += kRow) {
    const Scores s = scores_of(p.data() + at), t = scores_of(q.data() + at);
    const double person = s.person - t.person, vehicle = s.vehicle - t.vehicle;
    double box = 0;
    for (std::size_t i = at; i < at + 4; ++i) box += static_cast<double>(p[i] - q[i]) * (p[i] - q[i]);
    const double weight = std::max({s.person, s.vehicle, t.person, t.vehicle});
    sum += person * person + vehicle * vehicle + kBoxWeight * weight * box;
  }
  return sum;
}

Result<std::vector<float>> channel_sensitivity(SeamNetwork& network, const FeatureSet& set) {
  const auto channels = static_cast<std::size_t>(set.tensors.front().shape()[1]);
  const std::size_t plane = set.tensors.front().shape().elements() / channels;
  std::vector<double> deviations, sums(channels);
  for (std::size_t c = 0; c < channels; ++c) deviations.push_back(kNoise * deviation(set, c, plane));
  Random random(derive_seed(1, "codec.sensitivity"));
  Tensor clean, noisy;
  for (const TensorView& t : set.views()) {
    auto output = network.output(t);
    if (!output) return fail(output.error());
    clean.resize(output->dtype, output->shape);
    std::memcpy(clean.data(), output->data, output->bytes());
    for (std::size_t c = 0; c < channels; ++c) {
      noisy.resize(t.dtype, t.shape);
      std::memcpy(noisy.data(), t.data, t.bytes());
      for (float& v : noisy.as<float>().subspan(c * plane, plane)) {
        v += static_cast<float>(deviations[c] * random.normal());
      }
      output = network.output(noisy.view());
      if (!output) return fail(output.error());
      sums[c] += output_distance(clean.view(), *output) / (deviations[c] * deviations[c]);
    }
  }
  std::vector<float> sensitivity;
  for (const double s : sums) {
    sensitivity.push_back(static_cast<float>(std::max(s / static_cast<double>(set.tensors.size()), 1e-6)));
  }
  return sensitivity;
}

}  // namespace weir::bench
