// SPDX-License-Identifier: Apache-2.0
#include "kernels/partition/margins.hpp"

#include <algorithm>
#include <cmath>

namespace weir {
namespace {

constexpr std::int64_t kRemembered = 10;         // frames without being expected, after which an object is new again
constexpr std::size_t kMostKnown = 4096;         // a flood must not make each frame slow
constexpr int kCellColumns = 16, kCellRows = 6;  // neighbours are taken together in so many cells

bool usable(const Box& b) {
  return std::isfinite(b.left) && std::isfinite(b.top) && std::isfinite(b.right) && std::isfinite(b.bottom) &&
         b.right > b.left && b.bottom > b.top;
}

int cell(float position, int size, int cells) {
  return std::clamp(static_cast<int>(position / static_cast<float>(size) * static_cast<float>(cells)), 0, cells - 1);
}

}  // namespace

std::int32_t RegionWidener::age_of(std::int64_t id) {
  const auto at = std::ranges::lower_bound(known_, id, {}, &Known::id);
  if (at == known_.end() || at->id != id) {
    if (known_.size() < kMostKnown) known_.insert(at, {id, 0, frame_});
    return 0;
  }
  if (at->last != frame_) ++at->age;
  at->last = frame_;
  return at->age;
}

bool RegionWidener::widen(const ExpectedObject& object, std::int32_t age, int width, int height,
                          RegionGroup& region) const {
  const Box& box = object.box;
  const std::array sizes{box.width(), box.height()};
  const std::array frame{static_cast<float>(width), static_cast<float>(height)};
  const auto frames = static_cast<std::size_t>(age);
  const float young = frames < options_.young.size() ? options_.young[frames] : 0;
  const float turn = frames < options_.turn.size() ? options_.turn[frames] * frame[0] : 0;
  const bool told = std::ranges::any_of(object.margin, [](float margin) { return margin > 0; });
  std::array<float, 4> margin{};
  for (std::size_t side = 0; side < 4; ++side) {
    const std::size_t axis = side % 2;
    const float own = std::isfinite(object.margin[side]) ? std::max(object.margin[side], 0.F) : 0;
    margin[side] = own;
    if (object.still) continue;
    margin[side] = options_.gain * (told ? own : options_.unknown * sizes[axis]) + options_.base * frame[axis] +
                   young * sizes[axis] + (axis == 0 ? turn : 0);
  }
  const Box wide = clip({box.left - margin[0], box.top - margin[1], box.right + margin[2], box.bottom + margin[3]},
                        frame[0], frame[1]);
  region.area = {static_cast<std::int32_t>(std::floor(wide.left)), static_cast<std::int32_t>(std::floor(wide.top)),
                 static_cast<std::int32_t>(std::ceil(wide.right)), static_cast<std::int32_t>(std::ceil(wide.bottom))};
  region.least_side = std::min(sizes[0], sizes[1]);
  return !region.area.empty();
}

void RegionWidener::join_neighbours(int width, int height) {
  cells_.assign(std::size_t{kCellColumns} * kCellRows, RegionGroup{});
  for (const RegionGroup& region : regions_) {
    const Box box = to_box(region.area);
    const int column = cell(box.center_x(), width, kCellColumns), row = cell(box.center_y(), height, kCellRows);
    RegionGroup& into = cells_[static_cast<std::size_t>(row * kCellColumns + column)];
    into = into.area.empty() ? region : joined(into, region);
  }
  regions_.clear();
  for (const RegionGroup& region : cells_) {
    if (!region.area.empty()) regions_.push_back(region);
  }
}

/// The first region but number `i` that number `i` lies in; their count where there is none. Most lie in none, which is
/// found out without branches.
std::size_t RegionWidener::container_of(std::size_t i) const {
  const std::size_t n = regions_.size();
  const std::int32_t left = edges_[0][i], top = edges_[1][i], right = edges_[2][i], bottom = edges_[3][i];
  const auto holds = [&](std::size_t j) {
    return static_cast<std::int32_t>(edges_[0][j] <= left) & static_cast<std::int32_t>(edges_[1][j] <= top) &
           static_cast<std::int32_t>(edges_[2][j] >= right) & static_cast<std::int32_t>(edges_[3][j] >= bottom);
  };
  std::int32_t count = 0;
  for (std::size_t j = 0; j < n; ++j) count += holds(j);
  if (count < 2) return n;  // itself alone
  for (std::size_t j = 0; j < n; ++j) {
    if (j != i && holds(j) != 0) return j;
  }
  return n;
}

/// A region inside another one needs no place of its own.
void RegionWidener::drop_contained() {
  for (auto& edge : edges_) edge.clear();
  for (const RegionGroup& region : regions_) {
    const PixelRect& area = region.area;
    const std::array sides{area.left, area.top, area.right, area.bottom};
    for (std::size_t side = 0; side < sides.size(); ++side) edges_[side].push_back(sides[side]);
  }
  for (std::size_t i = 0; i < regions_.size(); ++i) {
    const std::size_t j = container_of(i);
    if (j == regions_.size()) continue;
    regions_[j].least_side = std::min(regions_[j].least_side, regions_[i].least_side);
    for (auto& edge : edges_) {
      edge[i] = edge.back();
      edge.pop_back();
    }
    regions_[i--] = regions_.back();
    regions_.pop_back();
  }
}

std::span<const RegionGroup> RegionWidener::run(std::span<const ExpectedObject> objects, int width, int height,
                                                std::size_t most) {
  ++frame_;
  std::erase_if(known_, [this](const Known& known) { return frame_ - known.last > kRemembered; });
  regions_.clear();
  for (const ExpectedObject& object : objects) {
    RegionGroup region;
    if (!usable(object.box)) continue;
    const std::int32_t age = object.still ? 0 : age_of(object.id);
    if (widen(object, age, width, height, region)) regions_.push_back(region);
  }
  if (regions_.size() > most) join_neighbours(width, height);
  drop_contained();
  return regions_;
}

}  // namespace weir
