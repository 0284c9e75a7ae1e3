// SPDX-License-Identifier: Apache-2.0
#include "kernels/partition/content.hpp"

#include <algorithm>
#include <string>

namespace weir {
namespace {

Status check(const ContentOptions& o) {
  const auto bad = [](const std::string& text) { return Status(Code::invalid, text); };
  if (o.parts < 1 || o.parts > RegionGrouping::kMostGroups) {
    return bad("parts is " + std::to_string(o.parts) + "; give 1 to " + std::to_string(RegionGrouping::kMostGroups));
  }
  if (o.most_regions < 1 || o.most_regions > RegionGrouping::kMostRegions) {
    return bad("most_regions is " + std::to_string(o.most_regions) + "; give 1 to " +
               std::to_string(RegionGrouping::kMostRegions));
  }
  if (o.shape.min_side < 1) return bad("min_side is " + std::to_string(o.shape.min_side) + "; give at least 1");
  if (o.shape.align < 1) return bad("align is " + std::to_string(o.shape.align) + "; give at least 1");
  if (!(o.shape.min_scale > 0 && o.shape.min_scale <= 1)) {
    return bad("min_scale is " + std::to_string(o.shape.min_scale) + "; give a number above 0 and at most 1");
  }
  for (const float value : {o.margins.gain, o.margins.base, o.margins.young[0], o.margins.young[1], o.margins.turn[0],
                            o.margins.turn[1], o.margins.unknown, o.thrift}) {
    if (!(value >= 0)) return bad("a margin or thrift is " + std::to_string(value) + "; give numbers from 0 up");
  }
  return {};
}

}  // namespace

Result<ContentPartition> ContentPartition::create(const ContentOptions& options) {
  if (Status status = check(options); !status) return fail(status.error());
  return ContentPartition(options);
}

std::span<const PlannedPart> ContentPartition::cut(std::span<const ExpectedObject> objects, int width, int height,
                                                   const CostModel& cost) {
  parts_.clear();
  const auto regions = widener_.run(objects, width, height, options_.most_regions);
  const GroupingPrice price{&cost, options_.shape, width, height, options_.thrift};
  const WorkMeter meter(cost);
  works_.clear();
  for (const RegionGroup& group : grouping_.run(regions, options_.parts, price)) {
    const PixelRect area = part_area(group.area, options_.shape, width, height);
    const float scale = part_scale(group, options_.shape);
    parts_.push_back({area, scale, 0});
    works_.push_back(meter.measure(static_cast<float>(area.width()), static_cast<float>(area.height()), scale));
  }
  finishes_.resize(works_.size());
  finish_.prepare(cost);
  finish_.run(works_, finishes_);
  for (std::size_t i = 0; i < parts_.size(); ++i) parts_[i].finish_ms = finishes_[i];
  return parts_;
}

}  // namespace weir
