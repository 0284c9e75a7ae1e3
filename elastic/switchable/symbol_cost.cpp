// SPDX-License-Identifier: Apache-2.0
#include "elastic/switchable/symbol_cost.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace weir {
namespace {

constexpr int kLargest = 12;  // symbols beyond are escapes, followed by an Elias gamma code of the rest
constexpr int kAlphabet = 2 * kLargest + 1;
constexpr int kValues = 7, kChanges = 5, kNeighbours = 9;
constexpr int kTemporal = (kValues + 1) * kChanges;  // one value more: no frame before
constexpr int kSpatial = kNeighbours * kNeighbours;
constexpr float kStart = 0.06F;   // count of a symbol not seen yet
constexpr double kMemory = 0.98;  // how much of the evidence for a table is kept from symbol to symbol

int limited(int value, int count) { return std::clamp(value, -count / 2, count / 2) + count / 2; }

double probability(const float* counts, int symbol) {
  float sum = 0;
  for (int i = 0; i < kAlphabet; ++i) sum += counts[i];
  return counts[symbol] / sum;
}

double escape_bits(int symbol) {
  const int rest = std::abs(symbol) - kLargest;
  return rest < 0 ? 0 : 2 * std::floor(std::log2(rest + 1.0)) + 1;
}

}  // namespace

SymbolCost::SymbolCost(int channels, int height, int width)
    : height_(static_cast<std::size_t>(height)), width_(static_cast<std::size_t>(width)) {
  const auto n = static_cast<std::size_t>(channels);
  temporal_.assign(n * kTemporal * kAlphabet, kStart);
  spatial_.assign(n * kSpatial * kAlphabet, kStart);
  weight_.assign(n, 0.5);
}

double SymbolCost::cost(std::size_t channel, int symbol, int temporal, int spatial) {
  const int index = std::clamp(symbol, -kLargest, kLargest) + kLargest;
  float* by_time = temporal_.data() + (channel * kTemporal + static_cast<std::size_t>(temporal)) * kAlphabet;
  float* by_place = spatial_.data() + (channel * kSpatial + static_cast<std::size_t>(spatial)) * kAlphabet;
  const double time = probability(by_time, index), place = probability(by_place, index);
  double& weight = weight_[channel];
  const double mixed = weight * time + (1 - weight) * place;
  const double time_evidence = std::pow(weight, kMemory) * time;
  weight = time_evidence / (time_evidence + std::pow(1 - weight, kMemory) * place);
  weight = std::clamp(weight, 0.001, 0.999);
  by_time[index] += 1;
  by_place[index] += 1;
  return -std::log2(mixed) + escape_bits(symbol);
}

double SymbolCost::add(std::span<const std::int32_t> symbols) {
  const std::size_t plane = height_ * width_, channels = symbols.size() / plane;
  before_.resize(weight_.size() * plane);
  double bits = 0;
  for (std::size_t c = 0; c < channels; ++c) {
    const bool has_past = c < before_channels_;
    const std::int32_t* now = symbols.data() + c * plane;
    const std::int32_t* past = before_.data() + c * plane;
    for (std::size_t y = 0; y < height_; ++y) {
      for (std::size_t x = 0; x < width_; ++x) {
        const std::size_t at = y * width_ + x;
        const int left = x > 0 ? now[at - 1] : 0, above = y > 0 ? now[at - width_] : 0;
        int changes = 0;
        if (has_past) changes = (x > 0 ? left - past[at - 1] : 0) + (y > 0 ? above - past[at - width_] : 0);
        const int value = has_past ? limited(past[at], kValues) : kValues;
        bits += cost(c, now[at], value * kChanges + limited(changes, kChanges),
                     limited(left, kNeighbours) * kNeighbours + limited(above, kNeighbours));
      }
    }
    std::copy_n(now, plane, before_.data() + c * plane);
  }
  before_channels_ = channels;
  return bits / 8;
}

}  // namespace weir
