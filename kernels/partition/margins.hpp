// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/partition/grouping.hpp"

namespace weir {

/// Where an object is expected in the frame to cut. Sides are in the order left, top, right, bottom.
struct ExpectedObject {
  Box box;
  std::int64_t id = 0;
  std::array<float, 4> margin{};  ///< pixels by which to widen each side for 99 % containment; all 0: not known
  bool still = false;             ///< a place to look at, which does not move: `margin` is all that it is widened by
};

/// By how much a region is larger than the box that is expected. The defaults were chosen on the box sequences
/// 0000-0013 of KITTI, by 4-fold cross-validation, for 99.9 % of known objects wholly inside a part.
struct MarginOptions {
  float gain = 1;       ///< times the margin that the predictor tells
  float base = 0.016F;  ///< shares of the frame's width and height that are added
  /// An object whose motion is not known yet: in its first and in its second frame each side is widened by so many of
  /// its sizes, and the left and right by a share of the frame's width, for a turn of the camera.
  std::array<float, 2> young{1, 0.7F};
  std::array<float, 2> turn{0.06F, 0.02F};
  float unknown = 0.15F;  ///< the margin in sizes of the box where the predictor tells none
};

/// Makes regions from expected objects. It remembers since when an object is expected. Keeps its memory.
/// Thread-compatible; one object per stream.
class RegionWidener {
 public:
  explicit RegionWidener(const MarginOptions& options) : options_(options) {}

  /// The regions of the next frame, in whole pixels inside the frame, valid until the next call. Objects without finite
  /// box, empty ones and those whose region lies outside the frame are left out; margins that are negative or not
  /// finite count as 0. Above `most` objects, neighbours are taken together, so that none is lost.
  std::span<const RegionGroup> run(std::span<const ExpectedObject> objects, int width, int height, std::size_t most);

  /// Forgets all objects.
  void reset() { known_.clear(); }

 private:
  struct Known {
    std::int64_t id;
    std::int32_t age;  // frames in which it was expected
    std::int64_t last;
  };
  std::int32_t age_of(std::int64_t id);
  bool widen(const ExpectedObject& object, std::int32_t age, int width, int height, RegionGroup& region) const;
  void join_neighbours(int width, int height);
  std::size_t container_of(std::size_t i) const;
  void drop_contained();

  MarginOptions options_;
  std::int64_t frame_ = 0;
  std::vector<Known> known_;  // by id
  std::vector<RegionGroup> regions_, cells_;
  std::array<std::vector<std::int32_t>, 4> edges_;  // left, top, right and bottom of the regions
};

}  // namespace weir
