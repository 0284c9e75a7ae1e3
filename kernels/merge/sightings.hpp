// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/detect/detection.hpp"

namespace weir {

/// What was found in the last frames of one stream, and where it was looked: tells whether something found in a coarse
/// look at a whole frame is new. Allocates nothing after the largest frame. Thread-compatible.
class Sightings {
 public:
  static constexpr std::uint64_t kFrames = 16;  ///< that it remembers

  /// A frame's merged boxes and the areas that were searched closely; `frame` rises from call to call.
  void note(std::uint64_t frame, std::span<const Detection> boxes, std::span<const Box> areas);

  /// One more box of the latest frame.
  void add(const Detection& box);

  /// Whether a box found in `frame` is known: some box noted for that frame or since is the same object, or a close
  /// look at that frame or at the latest one covered its place and did not confirm it, or `frame` is too old to tell.
  /// Objects of any class count, because coarse looks mistake classes.
  bool account_for(const Box& box, std::uint64_t frame) const;

  void clear();

 private:
  struct Sighting {
    std::uint64_t frame = 0;
    bool noted = false;
    std::vector<Box> boxes;
    std::vector<Box> areas;
  };

  std::array<Sighting, kFrames> frames_;  // by frame number modulo kFrames
  std::uint64_t latest_ = 0;
};

}  // namespace weir
