// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/partition/cost_model.hpp"
#include "kernels/partition/pixel_rect.hpp"

namespace weir {

/// Regions that are worked on together: the rectangle round them, and how small the smallest of their objects is.
struct RegionGroup {
  PixelRect area;        ///< not empty, inside the frame
  float least_side = 0;  ///< shorter side of the smallest object, in pixels
};

inline RegionGroup joined(const RegionGroup& a, const RegionGroup& b) {
  return {join(a.area, b.area), std::min(a.least_side, b.least_side)};
}

/// How a group becomes a part.
struct PartShape {
  int min_side = 128;  ///< of a part in pixels; where the frame is smaller, all of it
  int align = 1;       ///< sides are widened to multiples of so many pixels, at least 1
  float native_side =
      0;  ///< a part whose smallest object is larger is sent so much smaller that it has this side; 0: never
  float min_scale = 0.5F;  ///< but not smaller than at this scale
};

/// The part of a frame that shows a group: at least the least size, aligned, moved back inside the frame, and cut where
/// the frame is smaller.
PixelRect part_area(const PixelRect& group, const PartShape& shape, int width, int height);

/// The scale at which a group is sent, above 0 and at most 1.
inline float part_scale(const RegionGroup& group, const PartShape& shape) {
  if (shape.native_side <= 0 || group.least_side <= shape.native_side) return 1;
  return std::max(shape.min_scale, shape.native_side / group.least_side);
}

/// What groupings are judged by: when the slowest part is done, plus a price for all work.
struct GroupingPrice {
  const CostModel* cost = nullptr;
  PartShape shape;
  int width = 0, height = 0;  ///< of the frame, at most 32768
  float thrift = 0.5F;        ///< ms of the slowest finish that are worth a ms of upload and of work on pixels
};

/// Puts regions into at most so many groups that the slowest part is done as early as possible.
///
/// Starts with groups made by splitting the largest one, and splits the members of two groups anew, in the order of any
/// of their sides, as long as that helps (a local search; tests hold it against all groupings of few regions). A group
/// that does not pay ends up empty and is left out. Keeps its memory. Thread-compatible.
class RegionGrouping {
 public:
  static constexpr std::size_t kMostGroups = 16;
  static constexpr std::size_t kMostRegions = 65535;

  /// The groups, those of most work first; valid until the next call. `most` is 1 to kMostGroups.
  std::span<const RegionGroup> run(std::span<const RegionGroup> regions, std::size_t most, const GroupingPrice& price);

  /// The price of at most kMostGroups groups; their order does not matter.
  float price_of(std::span<const RegionGroup> groups, const GroupingPrice& price);

 private:
  static constexpr std::size_t kKeys = 4;

  /// A group in a form that is quick to join: left, top, -right, -bottom, of which joining takes the least; and the
  /// least side, likewise.
  struct Hull {
    Eigen::Array4f edges = Eigen::Array4f::Zero();
    float least_side = 0;
  };
  struct Slot {
    Hull hull;
    PartWork work;
    bool used = false;
  };
  /// The work of some groups, the largest first.
  struct Works {
    std::array<PartWork, kMostGroups> items;
    std::size_t count = 0;
    float busy_ms = 0, upload_ms = 0;
  };
  struct Split {
    float price = 0;
    std::size_t key = kKeys, cut = 0;  // the first `cut` members in the order of `key` are the first group
    Slot first, second;
  };

  void prepare(std::span<const RegionGroup> regions, std::size_t most, const GroupingPrice& price);
  Slot slot_of(const Hull& hull) const;
  float busy_of(const PartWork& work) const { return work.upload_ms + mean_rate_ * work.megapixels; }
  void add(const Slot& slot, Works& works) const;
  Works all_but(std::size_t a, std::size_t b) const;
  float least_price(const Works& others, const PartWork& first, const PartWork& second) const;
  float judge(const Works& works);
  void consider(const Split& split, const Works& others, Split& best);
  void scan(std::size_t a, std::size_t b, std::size_t key, const Works& others, Split& best);
  bool split_anew(std::size_t a, std::size_t b, bool may_join, float limit);
  void fill();
  bool search_round();
  static RegionGroup group_of(const Hull& hull);
  static Hull hull_of(const RegionGroup& group);
  static Hull joined(const Hull& a, const Hull& b) {
    return {a.edges.min(b.edges), std::min(a.least_side, b.least_side)};
  }

  GroupingPrice price_;
  WorkMeter meter_;
  float least_length_ = 0, frame_width_ = 0, frame_height_ = 0;
  float least_fixed_ms_ = 0, least_rate_ = 0, mean_rate_ = 0;  // over the workers
  std::vector<Hull> hulls_;                                    // of the regions
  std::array<std::vector<std::uint16_t>, kKeys> order_;        // of the regions, by each side
  std::vector<std::uint32_t> keys_;
  std::vector<std::uint8_t> member_of_;
  std::vector<Slot> slots_;
  std::array<std::array<bool, kMostGroups>, kMostGroups> settled_{};  // splitting these two anew did not help
  std::vector<std::uint16_t> members_;
  std::vector<Slot> tails_;
  std::vector<RegionGroup> result_;
  float best_ = 0;
  FinishEstimate finish_;
};

}  // namespace weir
