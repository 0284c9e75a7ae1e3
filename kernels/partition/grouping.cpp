// SPDX-License-Identifier: Apache-2.0
#include "kernels/partition/grouping.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace weir {
namespace {

constexpr int kMostRounds = 8;
constexpr float kNoLimit = std::numeric_limits<float>::infinity();
constexpr float kLeastGain = 1e-4F;  // ms; below the rounding of sums

/// Makes [from, to) at least `least` long and a multiple of `align`, inside [0, end).
void widen(std::int32_t& from, std::int32_t& to, int least, int align, int end) {
  const std::int32_t wanted = std::max(to - from, least);
  const std::int32_t length = std::min((wanted + align - 1) / align * align, end);
  from = std::clamp(from - (length - (to - from)) / 2, 0, end - length);
  to = from + length;
}

}  // namespace

PixelRect part_area(const PixelRect& group, const PartShape& shape, int width, int height) {
  PixelRect area = group;
  widen(area.left, area.right, shape.min_side, shape.align, width);
  widen(area.top, area.bottom, shape.min_side, shape.align, height);
  return area;
}

RegionGrouping::Hull RegionGrouping::hull_of(const RegionGroup& group) {
  const Box box = to_box(group.area);
  return {Eigen::Array4f(box.left, box.top, -box.right, -box.bottom), group.least_side};
}

RegionGroup RegionGrouping::group_of(const Hull& hull) {
  const auto whole = [](float value) { return static_cast<std::int32_t>(value); };
  return {{whole(hull.edges[0]), whole(hull.edges[1]), whole(-hull.edges[2]), whole(-hull.edges[3])}, hull.least_side};
}

inline RegionGrouping::Slot RegionGrouping::slot_of(const Hull& hull) const {
  float width = std::max(-hull.edges[2] - hull.edges[0], least_length_);
  float height = std::max(-hull.edges[3] - hull.edges[1], least_length_);
  const PartShape& shape = price_.shape;
  if (shape.align > 1) {
    const auto align = static_cast<float>(shape.align);
    width = std::ceil(width / align) * align;
    height = std::ceil(height / align) * align;
  }
  const float scale = part_scale({{}, hull.least_side}, shape);
  return {hull, meter_.measure(std::min(width, frame_width_), std::min(height, frame_height_), scale), true};
}

void RegionGrouping::add(const Slot& slot, Works& works) const {
  if (!slot.used) return;
  works.busy_ms += busy_of(slot.work);
  works.upload_ms += slot.work.upload_ms;
  std::size_t at = works.count++;
  for (; at > 0 && works.items[at - 1].megapixels < slot.work.megapixels; --at) works.items[at] = works.items[at - 1];
  works.items[at] = slot.work;
}

RegionGrouping::Works RegionGrouping::all_but(std::size_t a, std::size_t b) const {
  Works works;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (i != a && i != b) add(slots_[i], works);
  }
  return works;
}

/// No finish can be earlier than that of the largest part, which is sent first, on the best worker, nor than the upload
/// of all.
inline float RegionGrouping::least_price(const Works& others, const PartWork& first, const PartWork& second) const {
  const float busy = others.busy_ms + busy_of(first) + busy_of(second);
  const float upload = others.upload_ms + first.upload_ms + second.upload_ms;
  PartWork largest = first.megapixels > second.megapixels ? first : second;
  if (others.count > 0 && others.items[0].megapixels > largest.megapixels) largest = others.items[0];
  const float finish = std::max(upload, largest.upload_ms + least_rate_ * largest.megapixels) + least_fixed_ms_;
  return finish + price_.thrift * busy;
}

float RegionGrouping::judge(const Works& works) {
  return finish_.run(std::span(works.items).first(works.count)) + price_.thrift * works.busy_ms;
}

float RegionGrouping::price_of(std::span<const RegionGroup> groups, const GroupingPrice& price) {
  prepare({}, 0, price);
  Works works;
  for (const RegionGroup& group : groups) add(slot_of(hull_of(group)), works);
  return judge(works);
}

/// Keeps a split as the best so far if it is.
void RegionGrouping::consider(const Split& split, const Works& others, Split& best) {
  if (least_price(others, split.first.work, split.second.work) >= best.price) return;
  Works works = others;
  add(split.first, works);
  add(split.second, works);
  const float price = judge(works);
  if (price >= best.price) return;
  best = split;
  best.price = price;
}

/// Looks for a better split of two groups' members in the order of one side. Groups only grow as they take in more, so
/// those beyond one that costs too much alone need no look.
void RegionGrouping::scan(std::size_t a, std::size_t b, std::size_t key, const Works& others, Split& best) {
  members_.clear();
  for (const std::uint16_t i : order_[key]) {
    if (member_of_[i] == a || member_of_[i] == b) members_.push_back(i);
  }
  const std::size_t n = members_.size();
  if (n < 2) return;
  tails_.resize(n);
  std::size_t least_cut = n;
  for (Hull tail = hulls_[members_[n - 1]]; least_cut > 1; tail = joined(tail, hulls_[members_[least_cut - 1]])) {
    const Slot slot = slot_of(tail);
    if (least_price(others, slot.work, {}) >= best.price) break;
    tails_[--least_cut] = slot;
  }
  Hull head = hulls_[members_[0]];
  for (std::size_t cut = 1; cut < n; head = joined(head, hulls_[members_[cut++]])) {
    if (cut < least_cut) continue;
    const Slot first = slot_of(head);
    if (least_price(others, first.work, {}) >= best.price) return;
    consider({0, key, cut, first, tails_[cut]}, others, best);
  }
}

/// Takes the best split of two groups' members if there is one that costs less than `limit`; all in the first group is
/// one, too, if they may join.
bool RegionGrouping::split_anew(std::size_t a, std::size_t b, bool may_join, float limit) {
  const Works others = all_but(a, b);
  Split best;
  best.price = limit;
  if (may_join && slots_[b].used) {
    consider({0, 0, kMostRegions, slot_of(joined(slots_[a].hull, slots_[b].hull)), Slot{}}, others, best);
  }
  for (std::size_t key = 0; key < kKeys; ++key) scan(a, b, key, others, best);
  if (best.key == kKeys) return false;
  std::size_t passed = 0;
  for (const std::uint16_t i : order_[best.key]) {
    if (member_of_[i] != a && member_of_[i] != b) continue;
    member_of_[i] = static_cast<std::uint8_t>(passed++ < best.cut ? a : b);
  }
  slots_[a] = best.first;
  slots_[b] = best.second;
  best_ = best.price;
  return true;
}

/// Splits the largest groups until as many are in use as may be, even if that costs more: two more may pay where one
/// more does not.
void RegionGrouping::fill() {
  for (std::size_t empty = 1; empty < slots_.size(); ++empty) {
    std::size_t largest = slots_.size();
    for (std::size_t i = 0; i < empty; ++i) {
      if (std::ranges::count(member_of_, static_cast<std::uint8_t>(i)) < 2) continue;
      if (largest == slots_.size() || slots_[i].work.megapixels > slots_[largest].work.megapixels) largest = i;
    }
    if (largest == slots_.size()) return;
    split_anew(largest, empty, false, kNoLimit);
  }
}

bool RegionGrouping::search_round() {
  bool better = false;
  for (std::size_t a = 0; a < slots_.size(); ++a) {
    bool tried_empty = false;  // empty groups are all alike
    for (std::size_t b = 0; b < slots_.size(); ++b) {
      if (!slots_[a].used || b == a || (slots_[b].used && b < a) || settled_[a][b]) continue;
      if (!slots_[b].used && std::exchange(tried_empty, true)) continue;
      if (!split_anew(a, b, true, best_ - kLeastGain)) {
        settled_[a][b] = true;
        continue;
      }
      better = true;
      for (std::size_t i = 0; i < slots_.size(); ++i) {
        settled_[a][i] = settled_[i][a] = settled_[b][i] = settled_[i][b] = false;
      }
    }
  }
  return better;
}

void RegionGrouping::prepare(std::span<const RegionGroup> regions, std::size_t most, const GroupingPrice& price) {
  price_ = price;
  least_length_ = static_cast<float>(price.shape.min_side);
  frame_width_ = static_cast<float>(price.width);
  frame_height_ = static_cast<float>(price.height);
  const CostModel& cost = *price.cost;
  meter_ = WorkMeter(cost);
  finish_.prepare(cost);
  double fixed = 1e30, rate = 1e30, sum = 0;
  for (const WorkerCost& worker : cost.workers) {
    fixed = std::min(fixed, worker.fixed_ms);
    rate = std::min(rate, worker.ms_per_megapixel);
    sum += worker.ms_per_megapixel;
  }
  least_fixed_ms_ = static_cast<float>(fixed);
  least_rate_ = static_cast<float>(rate);
  mean_rate_ = static_cast<float>(sum / static_cast<double>(cost.workers.size()));
  slots_.assign(most, Slot{});
  settled_ = {};
  hulls_.clear();
  for (const RegionGroup& region : regions) hulls_.push_back(hull_of(region));
  member_of_.assign(regions.size(), 0);
  for (std::size_t key = 0; key < kKeys; ++key) {
    keys_.clear();
    for (std::size_t i = 0; i < hulls_.size(); ++i) {
      const auto edge = static_cast<std::uint32_t>(std::abs(hulls_[i].edges[key]));
      keys_.push_back((edge << 16) | static_cast<std::uint32_t>(i));
    }
    std::ranges::sort(keys_);
    order_[key].clear();
    for (const std::uint32_t value : keys_) order_[key].push_back(static_cast<std::uint16_t>(value));
  }
}

std::span<const RegionGroup> RegionGrouping::run(std::span<const RegionGroup> regions, std::size_t most,
                                                 const GroupingPrice& price) {
  result_.clear();
  if (regions.empty()) return result_;
  prepare(regions, most, price);
  Hull all = hulls_[0];
  for (const Hull& hull : hulls_) all = joined(all, hull);
  slots_[0] = slot_of(all);
  const Slot one = slots_[0];
  Works alone;
  add(one, alone);
  const float price_of_one = best_ = judge(alone);
  fill();
  for (int round = 0; round < kMostRounds && search_round(); ++round) {
  }
  if (price_of_one <= best_) slots_.assign(1, one);
  std::erase_if(slots_, [](const Slot& slot) { return !slot.used; });
  std::ranges::sort(slots_, std::ranges::greater(), [](const Slot& slot) { return slot.work.megapixels; });
  for (const Slot& slot : slots_) result_.push_back(group_of(slot.hull));
  return result_;
}

}  // namespace weir
