// SPDX-License-Identifier: Apache-2.0
#include "stages/control/seam_calibration.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string>

#include "elastic/switchable/setup_tables.hpp"
#include "kernels/base/random.hpp"
#include "kernels/codec/calibration.hpp"

namespace weir {
namespace {

constexpr std::size_t kProbed = 4;  // frames that sensitivity is measured on
constexpr float kProbeSteps = 16;   // the noise of a probe is one of so many steps of the channel's range
constexpr double kPower = 0.8;      // of sensitivity, that steps follow
constexpr std::size_t kLeastFrames = 4;
// Levels of the median channel, from nearly lossless on.
constexpr std::array<float, 8> kLevels{64, 32, 20, 14, 10, 7, 5, 3.5F};

struct Range {
  float low = 0, high = 0;
  float span() const { return high - low; }
};

struct Samples {
  std::vector<Tensor> tensors;
  std::vector<Range> ranges;  // by channel
  std::size_t plane = 0;

  void add(const TensorView& tensor) {
    Tensor& kept = tensors.emplace_back(tensor.dtype, tensor.shape);
    std::memcpy(kept.data(), tensor.data, tensor.bytes());
    const auto values = tensor.as<float>();
    const auto channels = static_cast<std::size_t>(tensor.shape[1]);
    plane = values.size() / channels;
    if (ranges.empty()) ranges.resize(channels, {values[0], values[0]});
    for (std::size_t c = 0; c < channels; ++c) {
      const auto [low, high] = std::ranges::minmax_element(values.subspan(c * plane, plane));
      ranges[c] = {std::min(ranges[c].low, *low), std::max(ranges[c].high, *high)};
    }
  }
};

/// How sure the network is of each row of outputs: what it is sure of must not change.
std::vector<float> row_weights(std::span<const TensorView> outputs, Decoder decoder) {
  std::vector<float> weights;
  for (const TensorView& output : outputs) {
    const auto values = output.as<float>();
    const auto columns = static_cast<std::size_t>(output.shape[output.shape.rank() - 1]);
    for (std::size_t row = 0; row + columns <= values.size(); row += columns) {
      const auto cells = values.subspan(row, columns);
      float weight = 1e-3F;
      if (decoder == Decoder::yolox && columns > 5) {
        weight += cells[4] * *std::ranges::max_element(cells.subspan(5));
      } else {
        const float most = *std::ranges::max_element(cells);
        weight += std::clamp(most, 0.F, 1.F);
      }
      weights.push_back(weight);
    }
  }
  return weights;
}

/// Squared difference of two sets of outputs, each row by its weight and each output by its own spread.
double difference(std::span<const TensorView> outputs, const std::vector<std::vector<float>>& clean,
                  const std::vector<float>& weights) {
  double sum = 0;
  std::size_t row = 0;
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    const auto values = outputs[o].as<float>();
    const auto columns = static_cast<std::size_t>(outputs[o].shape[outputs[o].shape.rank() - 1]);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double change = values[i] - clean[o][i];
      // Boxes are in cells and logarithms, scores in shares: all of order one.
      sum += weights[row + i / columns] * change * change;
    }
    row += values.size() / columns;
  }
  return sum;
}

/// Output error per unit of noise power, by channel.
Result<std::vector<float>> sensitivities(const Samples& samples, const TailNetwork& network) {
  auto session = network.tail()->make_session();
  if (!session) return fail(session.error());
  const Decoder decoder = network.whole().options().decoder;
  std::vector<double> sums(samples.ranges.size(), 0);
  Random random(1);
  for (std::size_t probe = 0; probe < std::min(kProbed, samples.tensors.size()); ++probe) {
    const Tensor& sample = samples.tensors[probe * samples.tensors.size() / kProbed];
    const TensorView view = sample.view();
    auto outputs = (*session)->infer({&view, 1});
    if (!outputs) return fail(outputs.error());
    std::vector<std::vector<float>> clean;
    for (const TensorView& output : *outputs) {
      const auto values = output.as<float>();
      clean.emplace_back(values.begin(), values.end());
    }
    const std::vector<float> weights = row_weights(*outputs, decoder);
    Tensor noisy(DType::f32, sample.shape());
    for (std::size_t c = 0; c < sums.size(); ++c) {
      const float step = samples.ranges[c].span() / kProbeSteps;
      if (step <= 0) continue;
      std::memcpy(noisy.data(), sample.data(), sample.bytes());
      for (float& value : noisy.as<float>().subspan(c * samples.plane, samples.plane))
        value += step * static_cast<float>(random.uniform() - 0.5);
      const TensorView noisy_view = noisy.view();
      auto disturbed = (*session)->infer({&noisy_view, 1});
      if (!disturbed) return fail(disturbed.error());
      sums[c] += difference(*disturbed, clean, weights) / (static_cast<double>(step) * step / 12);
    }
  }
  std::vector<float> result;
  const double most = *std::ranges::max_element(sums);
  // A channel that did not matter in a few frames may matter in others: the power keeps it from being swallowed.
  for (const double sum : sums)
    result.push_back(static_cast<float>(std::pow(std::max(sum / std::max(most, 1e-12), 1e-6), kPower)));
  return result;
}

std::vector<RungWish> wishes(const Samples& samples, const std::vector<float>& sensitivity) {
  std::vector<float> scaled;
  for (std::size_t c = 0; c < sensitivity.size(); ++c)
    scaled.push_back(samples.ranges[c].span() * std::sqrt(sensitivity[c]));
  std::ranges::nth_element(scaled, scaled.begin() + static_cast<std::ptrdiff_t>(scaled.size() / 2));
  const float middle = scaled[scaled.size() / 2];
  std::vector<RungWish> all;
  for (const float levels : kLevels) {
    RungWish& wish = all.emplace_back();
    wish.name = "features-" + std::to_string(all.size() - 1);
    wish.noise = middle / levels;
    wish.hold = 0.25F;
  }
  return all;
}

}  // namespace

Result<std::shared_ptr<const CodeTables>> calibrate_seam(std::span<const ImageView> frames, HeadStream& head,
                                                         const TailNetwork& tail) {
  if (frames.size() < kLeastFrames) {
    return fail(Code::invalid, std::to_string(frames.size()) + " frames to calibrate a codec with; wanted " +
                                   std::to_string(kLeastFrames) + " or more");
  }
  Samples samples;
  for (const ImageView& frame : frames) {
    const auto tensor = head.features(frame);
    if (!tensor) return fail(tensor.error());
    samples.add(*tensor);
  }
  std::vector<TensorView> recording;
  for (const Tensor& tensor : samples.tensors) recording.push_back(tensor.view());
  if (const auto& setups = tail.split().setups) {
    return setup_tables(std::array{recording}, *setups, split_hash(tail.split()), kUsualHolds);
  }
  auto sensitivity = sensitivities(samples, tail);
  if (!sensitivity) return fail(sensitivity.error());
  CalibrationOptions options{.model_hash = split_hash(tail.split()), .sensitivity = *sensitivity};
  options.rungs = wishes(samples, *sensitivity);
  return calibrate(std::array{recording}, options);
}

}  // namespace weir
