// SPDX-License-Identifier: Apache-2.0
#include "kernels/codec/calibration.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/codec/token_counts.hpp"

namespace weir {
namespace {

using Recordings = std::span<const std::vector<TensorView>>;
using codec::PlaneSize;

constexpr double kLeastRange = 1e-3;  // of a channel that never changes
constexpr float kMaxHold = 3.5F;

struct ChannelFacts {
  double low = 0, high = 0, mean = 0, variance = 0;
};

PlaneSize size_of(const TensorView& t) { return {static_cast<int>(t.shape[2]), static_cast<int>(t.shape[3])}; }

std::span<const float> plane(const TensorView& t, std::size_t channel) {
  const std::size_t n = size_of(t).count();
  return t.as<float>().subspan(channel * n, n);
}

Status check_tensors(Recordings recordings) {
  std::size_t count = 0;
  const Shape* first = nullptr;
  for (const auto& recording : recordings) {
    for (const TensorView& t : recording) {
      const bool fits = !t.as<float>().empty() && t.shape.rank() == 4 && t.shape[0] == 1 &&
                        (first == nullptr || t.shape[1] == (*first)[1]);
      if (!fits) {
        return {Code::invalid, "calibration tensor " + std::to_string(count) + " is " +
                                   std::string(to_string(t.dtype)) + " " + t.shape.text() +
                                   "; all must be f32 1xCxHxW with the same C"};
      }
      for (const float v : t.as<float>()) {
        if (!std::isfinite(v)) {
          return {Code::invalid, "calibration tensor " + std::to_string(count) + " holds a value that is not finite"};
        }
      }
      first = &t.shape;
      ++count;
    }
  }
  if (count >= 2) return {};
  return {Code::invalid, "calibration needs at least 2 tensors, got " + std::to_string(count)};
}

bool has_fixed_steps(const CalibrationOptions& options) {
  return !options.rungs.empty() && !options.rungs.front().steps.empty();
}

Status check_steps(const RungWish& wish, const CalibrationOptions& options, std::size_t channels) {
  const bool wanted = has_fixed_steps(options);
  if (wish.steps.empty() && !wanted) return {};
  const auto good = [](float step) { return step > 0 && std::isfinite(step) && std::isfinite(1 / step); };
  if (wanted && wish.steps.size() == channels && std::ranges::all_of(wish.steps, good)) return {};
  return {Code::invalid, "rung " + wish.name + ": " + std::to_string(wish.steps.size()) + " fixed steps; wanted " +
                             std::to_string(channels) + " positive ones in every rung, or none in any"};
}

Status check_options(const CalibrationOptions& options, std::size_t channels) {
  if (!options.sensitivity.empty() && options.sensitivity.size() != channels) {
    return {Code::invalid, std::to_string(options.sensitivity.size()) + " sensitivities for " +
                               std::to_string(channels) + " channels"};
  }
  for (const float s : options.sensitivity) {
    if (!(s > 0) || !std::isfinite(s)) return {Code::invalid, "the sensitivity of a channel must be positive"};
  }
  for (const RungWish& wish : options.rungs) {
    if (Status status = check_steps(wish, options, channels); !status) return status;
    const bool good = wish.bits >= 1 && wish.bits <= 8 && wish.noise >= 0 && std::isfinite(wish.noise) &&
                      wish.hold >= 0 && wish.hold <= kMaxHold && wish.channels <= channels;
    if (good) continue;
    return {Code::invalid, "rung " + wish.name +
                               ": bits must be 1 to 8, noise at least 0, hold 0 to 3.5, channels at most " +
                               std::to_string(channels)};
  }
  return {};
}

ChannelFacts facts_of(Recordings recordings, std::size_t channel) {
  ChannelFacts f{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  double sum = 0, squares = 0, n = 0;
  for (const auto& recording : recordings) {
    for (const TensorView& t : recording) {
      for (const float v : plane(t, channel)) {
        f.low = std::min(f.low, static_cast<double>(v));
        f.high = std::max(f.high, static_cast<double>(v));
        sum += v;
        squares += static_cast<double>(v) * v;
        n += 1;
      }
    }
  }
  f.mean = sum / n;
  f.variance = std::max(squares / n - f.mean * f.mean, 0.0);
  f.high = std::max(f.high, f.low + kLeastRange);
  return f;
}

void set_fixed_step(const RungWish& wish, std::size_t channel, ChannelCode& code) {
  code.reach = 0.5F + wish.hold;
  code.levels = 1 << wish.bits;
  code.step = wish.steps[channel];
  const int lowest = -code.levels / 2;
  code.low = static_cast<float>(lowest) * code.step;
  for (int s = 0; s < code.levels; ++s) code.values.push_back(static_cast<float>(lowest + s) * code.step);
}

// Levels and step. With steps by sensitivity, 0 is a symbol's value, because activations gather there.
void set_steps(const RungWish& wish, const ChannelFacts& facts, double sensitivity, ChannelCode& code) {
  const int most = 1 << wish.bits;
  code.reach = 0.5F + wish.hold;
  double low = facts.low, step = (facts.high - facts.low) / (most - 1);
  code.levels = most;
  if (wish.noise > 0) {
    step = std::max(step, wish.noise / std::sqrt(sensitivity));
    low = std::round(facts.low / step) * step;
    code.levels = std::min(static_cast<int>(std::round((facts.high - low) / step)) + 1, most);
    if (code.levels < 2) code.levels = 0;
  }
  code.low = static_cast<float>(low);
  code.step = static_cast<float>(step);
}

/// Walks through all tensors of one channel as the encoder would: `see(values, symbols, reference, size)`, without a
/// reference for the first of a recording.
template <class See>
void walk(Recordings recordings, std::size_t channel, const ChannelCode& code, See see) {
  std::vector<std::uint8_t> symbols, reference;
  for (const auto& recording : recordings) {
    PlaneSize last;
    for (const TensorView& t : recording) {
      const PlaneSize size = size_of(t);
      const auto values = plane(t, channel);
      const bool held = last.height == size.height && last.width == size.width;
      symbols.resize(values.size());
      if (held) {
        codec::quantise_held(values.data(), reference.data(), values.size(), code.quantiser(), code.reach,
                             symbols.data());
      } else {
        codec::quantise(values.data(), values.size(), code.quantiser(), symbols.data());
      }
      see(values, symbols, held ? reference.data() : nullptr, size);
      reference.swap(symbols);
      last = size;
    }
  }
}

// The mean of the values behind each symbol, no farther from its place than half a step.
void set_values(std::span<const double> sums, std::span<const double> counts, ChannelCode& code) {
  for (std::size_t s = 0; s < counts.size(); ++s) {
    const double centre = code.low + static_cast<double>(code.step) * static_cast<double>(s);
    const double mean = (sums[s] + centre) / (counts[s] + 1);
    code.values.push_back(static_cast<float>(std::clamp(mean, centre - code.step / 2.0, centre + code.step / 2.0)));
  }
}

// Symbols in bins of about equal weight; one that is as common as a bin has its own.
void set_bins(std::span<const double> counts, ChannelCode& code) {
  const double all = std::accumulate(counts.begin(), counts.end(), 0.0);
  double below = 0;
  int bin = 0;
  double bin_weight = 0;
  for (std::size_t s = 0; s < counts.size(); ++s) {
    const int bins_left = codec::kMaxBins - bin;
    const bool exact = code.levels <= codec::kMaxBins;
    const double share = (all - below) / bins_left;
    const bool full = bin_weight >= share || (bin_weight > 0 && counts[s] >= share);
    if (s > 0 && bins_left > 1 && (exact || full)) {
      below += bin_weight;
      bin_weight = 0;
      ++bin;
    }
    bin_weight += counts[s];
    code.bins.push_back(static_cast<std::uint8_t>(bin));
  }
}

void set_tables(Recordings recordings, std::size_t channel, ChannelCode& code) {
  std::vector<double> sums(static_cast<std::size_t>(code.levels)), counts(sums.size());
  std::vector<float> shares;
  walk(recordings, channel, code, [&](auto values, const auto& symbols, const std::uint8_t* reference, PlaneSize size) {
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      sums[symbols[i]] += values[i];
      counts[symbols[i]] += 1;
    }
    if (reference == nullptr) return;
    const std::size_t changes = codec::count_changes(symbols.data(), reference, symbols.size());
    shares.push_back(static_cast<float>(changes) / static_cast<float>(size.count()));
  });
  if (code.values.empty()) set_values(sums, counts, code);
  set_bins(counts, code);
  if (!shares.empty()) {
    const auto middle = shares.begin() + static_cast<std::ptrdiff_t>(shares.size() / 2);
    std::nth_element(shares.begin(), middle, shares.end());
    code.moving_share = *middle;
  }
  codec::TokenCounts intra(code), still = intra, moving = intra;
  walk(recordings, channel, code, [&](auto, const auto& symbols, const std::uint8_t* reference, PlaneSize size) {
    intra.add(symbols.data(), nullptr, size);
    if (reference == nullptr) return;
    const std::size_t changes = codec::count_changes(symbols.data(), reference, symbols.size());
    const bool much = static_cast<float>(changes) > code.moving_share * static_cast<float>(size.count());
    (much ? moving : still).add(symbols.data(), reference, size);
  });
  code.intra = intra.table();
  code.still = still.table();
  code.moving = moving.empty() ? code.still : moving.table();
}

}  // namespace

Result<std::shared_ptr<const CodeTables>> calibrate(Recordings recordings, const CalibrationOptions& options) {
  if (Status s = check_tensors(recordings); !s) return fail(s.error());
  std::size_t channels = 0;
  for (const auto& recording : recordings) {
    if (!recording.empty()) channels = static_cast<std::size_t>(recording.front().shape[1]);
  }
  if (Status s = check_options(options, channels); !s) return fail(s.error());

  const bool fixed = has_fixed_steps(options);
  std::vector<ChannelFacts> facts;
  CodeTables::Parts parts;
  parts.model_hash = options.model_hash;
  for (std::size_t c = 0; c < channels; ++c) {
    facts.push_back(facts_of(recordings, c));
    parts.means.push_back(fixed ? 0 : static_cast<float>(facts[c].mean));
  }
  const auto sensitivity = [&](std::size_t c) {
    return options.sensitivity.empty() ? 1.0 : static_cast<double>(options.sensitivity[c]);
  };
  parts.order.resize(channels);
  std::iota(parts.order.begin(), parts.order.end(), std::uint16_t{0});
  const auto more_important = [&](std::size_t a, std::size_t b) {
    return sensitivity(a) * facts[a].variance > sensitivity(b) * facts[b].variance;
  };
  if (!fixed) std::ranges::stable_sort(parts.order, more_important);
  for (const RungWish& wish : options.rungs) {
    CodecRung& rung = parts.rungs.emplace_back();
    rung.name = wish.name;
    rung.codes.resize(wish.channels > 0 ? wish.channels : channels);
    for (std::size_t i = 0; i < rung.codes.size(); ++i) {
      const std::size_t c = parts.order[i];
      if (fixed) {
        set_fixed_step(wish, c, rung.codes[i]);
      } else {
        set_steps(wish, facts[c], sensitivity(c), rung.codes[i]);
      }
      if (rung.codes[i].sent()) set_tables(recordings, c, rung.codes[i]);
    }
  }
  return CodeTables::create(std::move(parts));
}

}  // namespace weir
