// SPDX-License-Identifier: Apache-2.0
#include "train/switchable/ladder.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <numeric>

namespace weir::train {
namespace {

constexpr int kMaxBits = 8;

std::size_t changes_between(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({replaced, row[j] + 1, row[j - 1] + 1}));
    }
  }
  return row.back();
}

/// Reads a number up to `end` and moves behind it.
template <typename T>
bool read(std::string_view& text, T& value, char end) {
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(at - text.data()));
  if (end == 0) return text.empty();
  if (text.empty() || text.front() != end) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::string Rung::name() const { return std::to_string(channels) + "x" + std::to_string(bits); }

std::vector<Rung> default_rungs(int seam_channels, int bottleneck_channels) {
  struct Share {
    double channels;
    int bits;
    double rate;  // bits per position and channel of the seam
  };
  constexpr std::array<Share, 8> kShares{{{1, 7, 1.5},
                                          {1, 6, 1.06},
                                          {0.84, 6, 0.8},
                                          {0.67, 5, 0.58},
                                          {0.5, 5, 0.42},
                                          {0.42, 5, 0.28},
                                          {0.34, 4, 0.19},
                                          {0.25, 4, 0.13}}};
  std::vector<Rung> rungs;
  for (const Share& share : kShares) {
    const int channels = std::max(1, static_cast<int>(std::lround(share.channels * bottleneck_channels)));
    rungs.push_back({channels, share.bits, share.rate * seam_channels});
  }
  return rungs;
}

Result<std::vector<Rung>> parse_rungs(std::string_view text, int bottleneck_channels) {
  std::vector<Rung> rungs;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view part = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    Rung rung;
    std::string_view left = part;
    if (!read(left, rung.channels, 'x') || !read(left, rung.bits, ':') || !read(left, rung.rate, '\0')) {
      return fail(Code::invalid, "setup \"" + std::string(part) + "\" is not CHANNELSxBITS:RATE, as 16x5:20");
    }
    if (rung.channels < 1 || rung.channels > bottleneck_channels || rung.bits < 1 || rung.bits > kMaxBits ||
        !(rung.rate > 0)) {
      return fail(Code::invalid, "setup \"" + std::string(part) + "\": wanted 1 to " +
                                     std::to_string(bottleneck_channels) +
                                     " channels, 1 to 8 bits and a positive rate");
    }
    rungs.push_back(rung);
  }
  if (rungs.size() < 2) return fail(Code::invalid, "a ladder needs two setups or more; give them as 24x6:48,8x4:6");
  const bool falls = std::ranges::is_sorted(rungs, std::ranges::greater(), &Rung::rate);
  if (!falls) return fail(Code::invalid, "setups must be given from the highest rate to the lowest");
  return rungs;
}

std::string format_rungs(const std::vector<Rung>& rungs) {
  std::string text;
  for (const Rung& rung : rungs) {
    std::array<char, 32> rate{};
    std::snprintf(rate.data(), rate.size(), "%.6g", rung.rate);
    text += (text.empty() ? "" : ",") + rung.name() + ":" + rate.data();
  }
  return text;
}

std::vector<int> cut_at_gaps(const std::vector<double>& values, int groups) {
  std::vector<std::size_t> order(values.size()), gaps;
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return values[i]; });
  for (std::size_t i = 1; i < order.size(); ++i) gaps.push_back(i);
  const auto width = [&](std::size_t i) { return values[order[i]] - values[order[i - 1]]; };
  std::ranges::stable_sort(gaps, std::ranges::greater(), width);
  gaps.resize(std::min(gaps.size(), static_cast<std::size_t>(std::max(groups - 1, 0))));
  std::vector<int> group(values.size(), 0);
  int current = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (std::ranges::find(gaps, i) != gaps.end()) ++current;
    group[order[i]] = current;
  }
  return group;
}

std::vector<std::string> nearest_names(const std::string& wanted, const std::vector<std::string>& names,
                                       std::size_t most) {
  std::vector<std::string> nearest = names;
  std::ranges::stable_sort(nearest, {}, [&](const std::string& name) { return changes_between(wanted, name); });
  nearest.resize(std::min(nearest.size(), most));
  return nearest;
}

}  // namespace weir::train
