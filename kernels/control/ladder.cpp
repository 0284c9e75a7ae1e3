// SPDX-License-Identifier: Apache-2.0
#include "kernels/control/ladder.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <tuple>
#include <utility>

namespace weir {
namespace {

constexpr std::array<std::pair<RungKind, std::string_view>, 6> kKinds{{{RungKind::features, "features"},
                                                                       {RungKind::lz4, "lz4"},
                                                                       {RungKind::jpeg, "jpeg"},
                                                                       {RungKind::webp, "webp"},
                                                                       {RungKind::h264, "h264"},
                                                                       {RungKind::raw, "raw"}}};

bool within(double value, double least, double most) { return value >= least && value <= most; }

bool good_side(int side) { return side >= 0 && side <= 16384; }

/// What is wrong with one rung; empty where nothing is.
std::string fault(const Rung& rung) {
  if (rung.name.empty()) return "has no name";
  if (!within(rung.bytes, 0, 1e9)) return "has bytes outside 0 to 1e9";
  if (!within(rung.bytes_p90, 0, 1e9)) return "has bytes_p90 outside 0 to 1e9";
  constexpr Duration kLongest = std::chrono::hours(1);
  if (rung.device < Duration{} || rung.device > kLongest) return "has a device time outside 0 to 1 h";
  if (rung.cloud < Duration{} || rung.cloud > kLongest) return "has a cloud time outside 0 to 1 h";
  if (!within(rung.accuracy, 0, 1)) return "has an accuracy outside 0 to 1";
  if (!within(rung.exits, 0, 1)) return "has a share of early exits outside 0 to 1";
  if (rung.bits < 0 || rung.bits > 32) return "has bits outside 0 to 32";
  if (!good_side(rung.width) || !good_side(rung.height) || (rung.width == 0) != (rung.height == 0)) {
    return "has a size outside 1x1 to 16384x16384";
  }
  if (rung.width > 0 && sends_features(rung.kind)) return "sends features, and has the size of a picture";
  return {};
}

bool dominates(const Rung& a, const Rung& b) {
  return a.accuracy >= b.accuracy && a.bytes <= b.bytes && a.device <= b.device && a.cloud <= b.cloud;
}

}  // namespace

std::string_view to_string(RungKind kind) {
  for (const auto& [known, name] : kKinds) {
    if (known == kind) return name;
  }
  return "unknown";
}

Result<RungKind> rung_kind(std::string_view name) {
  std::string wanted;
  for (const auto& [kind, known] : kKinds) {
    if (known == name) return kind;
    wanted += (wanted.empty() ? "" : ", ") + std::string(known);
  }
  return fail(Code::invalid, "the kind of rung \"" + std::string(name) + "\" is unknown; known are " + wanted);
}

Status validate(const Ladder& ladder) {
  if (ladder.rungs.empty()) return {Code::invalid, "the ladder has no rung; give one at least"};
  for (std::size_t i = 0; i < ladder.rungs.size(); ++i) {
    const Rung& rung = ladder.rungs[i];
    if (const std::string what = fault(rung); !what.empty()) {
      return {Code::invalid, "rung " + std::to_string(i) + " (\"" + rung.name + "\") of the ladder " + what};
    }
    const auto same = [&](const Rung& other) { return other.name == rung.name; };
    if (std::any_of(ladder.rungs.begin(), ladder.rungs.begin() + static_cast<std::ptrdiff_t>(i), same)) {
      return {Code::invalid, "the ladder has two rungs with the name \"" + rung.name + "\""};
    }
  }
  if (!within(ladder.local_accuracy, 0, 1)) {
    return {Code::invalid, "the accuracy of the ladder's local answer is outside 0 to 1"};
  }
  return ladder.local >= Duration{} ? Status() : Status(Code::invalid, "the ladder's local answer takes less than 0");
}

std::vector<std::int32_t> efficient_rungs(const Ladder& ladder) {
  std::vector<std::int32_t> order(ladder.rungs.size());
  std::iota(order.begin(), order.end(), 0);
  const auto rung = [&](std::int32_t i) -> const Rung& { return ladder.rungs[static_cast<std::size_t>(i)]; };
  // Whatever dominates a rung comes before it in this order.
  std::sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    const auto key = [&](std::int32_t i) {
      return std::tuple(rung(i).bytes, -rung(i).accuracy, rung(i).device, rung(i).cloud, i);
    };
    return key(a) < key(b);
  });
  std::vector<std::int32_t> kept;
  for (const std::int32_t candidate : order) {
    const auto beats = [&](std::int32_t other) { return dominates(rung(other), rung(candidate)); };
    if (std::any_of(kept.begin(), kept.end(), beats)) continue;
    kept.push_back(candidate);
  }
  return kept;
}

Ladder pareto(Ladder ladder) {
  std::vector<Rung> kept;
  for (const std::int32_t i : efficient_rungs(ladder))
    kept.push_back(std::move(ladder.rungs[static_cast<std::size_t>(i)]));
  ladder.rungs = std::move(kept);
  return ladder;
}

}  // namespace weir
