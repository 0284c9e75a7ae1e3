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

/// The same length without the place.
float widened(float length, int least, int align, int end) {
  float wanted = std::max(length, static_cast<float>(least));
  if (align > 1) wanted = std::ceil(wanted / static_cast<float>(align)) * static_cast<float>(align);
  return std::min(wanted, static_cast<float>(end));
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
  return {{box.left, box.top, -box.right, -box.bottom}, group.least_side};
}

RegionGroup RegionGrouping::group_of(const Hull& hull) {
  const auto whole = [](float value) { return static_cast<std::int32_t>(value); };
  return {{whole(hull.edges[0]), whole(hull.edges[1]), whole(-hull.edges[2]), whole(-hull.edges[3])}, hull.least_side};
}

RegionGrouping::Hull RegionGrouping::joined(const Hull& a, const Hull& b) {
  Hull both;
  for (std::size_t i = 0; i < 4; ++i) both.edges[i] = std::min(a.edges[i], b.edges[i]);
  both.least_side = std::min(a.least_side, b.least_side);
  return both;
}

RegionGrouping::Slot RegionGrouping::slot_of(const Hull& hull) const {
  const PartShape& shape = price_.shape;
  const float width = widened(-hull.edges[2] - hull.edges[0], shape.min_side, shape.align, price_.width);
  const float height = widened(-hull.edges[3] - hull.edges[1], shape.min_side, shape.align, price_.height);
  return {hull, meter_.measure(width, height, part_scale({{}, hull.least_side}, shape)), true};
}

float RegionGrouping::busy_of(const PartWork& work) const { return work.upload_ms + mean_rate_ * work.megapixels; }

RegionGrouping::Others RegionGrouping::all_but(std::size_t a, std::size_t b) const {
  Others others;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (i == a || i == b || !slots_[i].used) continue;
    others.busy_ms += busy_of(slots_[i].work);
    others.upload_ms += slots_[i].work.upload_ms;
    if (slots_[i].work.megapixels > others.largest.megapixels) others.largest = slots_[i].work;
  }
  return others;
}

/// No finish can be earlier than that of the largest part, which is sent first, on the best worker, nor than the upload
/// of all.
float RegionGrouping::least_price(const Others& others, const Slot& first, const Slot& second) const {
  const float busy = others.busy_ms + busy_of(first.work) + busy_of(second.work);
  const float upload = others.upload_ms + first.work.upload_ms + second.work.upload_ms;
  const PartWork* largest = &others.largest;
  if (first.work.megapixels > largest->megapixels) largest = &first.work;
  if (second.work.megapixels > largest->megapixels) largest = &second.work;
  const float finish = std::max(upload, largest->upload_ms + least_rate_ * largest->megapixels) + least_fixed_ms_;
  return finish + price_.thrift * busy;
}

float RegionGrouping::judge(std::span<const Slot> slots) {
  std::size_t n = 0;
  float busy = 0;
  for (const Slot& slot : slots) {
    if (!slot.used) continue;
    busy += busy_of(slot.work);
    std::size_t at = n++;  // insertion sort, most work first: a handful of parts
    for (; at > 0 && works_[at - 1].megapixels < slot.work.megapixels; --at) works_[at] = works_[at - 1];
    works_[at] = slot.work;
  }
  return finish_.run(std::span(works_).first(n)) + price_.thrift * busy;
}

float RegionGrouping::price_of(std::span<const RegionGroup> groups, const GroupingPrice& price) {
  prepare({}, 0, price);
  for (const RegionGroup& group : groups) slots_.push_back(slot_of(hull_of(group)));
  return judge(slots_);
}

/// Looks for a better split of two groups' members in the order of one side; all in the first group is one, too.
void RegionGrouping::scan(std::size_t a, std::size_t b, std::size_t key, bool may_join, const Others& others,
                          Split& best) {
  members_.clear();
  for (const std::uint16_t i : order_[key]) {
    if (member_of_[i] == a || member_of_[i] == b) members_.push_back(i);
  }
  const std::size_t n = members_.size();
  const std::size_t last_cut = key == 0 && may_join ? n : n - 1;  // all in one is the same in each order
  head_.resize(n + 1);
  tail_.resize(n + 1);
  head_[1] = hulls_[members_[0]];
  tail_[n - 1] = hulls_[members_[n - 1]];
  for (std::size_t i = 1; i < n; ++i) {
    head_[i + 1] = joined(head_[i], hulls_[members_[i]]);
    tail_[n - 1 - i] = joined(tail_[n - i], hulls_[members_[n - 1 - i]]);
  }
  for (std::size_t cut = 1; cut <= last_cut; ++cut) {
    const Slot first = slot_of(head_[cut]);
    const Slot second = cut < n ? slot_of(tail_[cut]) : Slot{};
    if (least_price(others, first, second) >= best.price) continue;
    slots_[a] = first;
    slots_[b] = second;
    const float price = judge(slots_);
    if (price < best.price) best = {price, key, cut, first, second};
  }
}

/// Takes the best split of two groups' members if there is one that costs less than `limit`.
bool RegionGrouping::split_anew(std::size_t a, std::size_t b, bool may_join, float limit) {
  const Slot kept_a = slots_[a], kept_b = slots_[b];
  const Others others = all_but(a, b);
  Split best;
  best.price = limit;
  for (std::size_t key = 0; key < kKeys; ++key) scan(a, b, key, may_join, others, best);
  slots_[a] = kept_a;
  slots_[b] = kept_b;
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
  const float price_of_one = best_ = judge(slots_);
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
