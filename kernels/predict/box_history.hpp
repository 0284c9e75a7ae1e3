// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "kernels/predict/box_sequence.hpp"

namespace weir {

/// A box and the frame it was seen in.
struct SeenBox {
  Box box;
  std::int64_t frame = 0;
};

/// The last boxes of one object.
class TrackHistory {
 public:
  static constexpr std::size_t kDepth = 8;  ///< boxes that are kept

  std::int64_t id = 0;
  std::int32_t class_id = 0;
  std::int64_t observed = 0;  ///< boxes since the first one; 0: this place is free
  int missed = 0;             ///< frames since the last box; 0: seen in the present frame

  /// How many boxes are kept.
  std::size_t size() const { return observed < std::int64_t{kDepth} ? static_cast<std::size_t>(observed) : kDepth; }

  /// The box `back` boxes ago: 0 is the newest; below size().
  const SeenBox& seen(std::size_t back) const {
    return ring_[(static_cast<std::size_t>(observed) - 1 - back) % kDepth];
  }
  const Box& box() const { return seen(0).box; }

  /// Frames between the newest box and the one before; 1 without one before.
  std::int64_t gap() const { return size() < 2 ? 1 : seen(0).frame - seen(1).frame; }

  void push(const SeenBox& seen) {
    ring_[static_cast<std::size_t>(observed) % kDepth] = seen;
    ++observed;
  }

 private:
  std::array<SeenBox, kDepth> ring_{};
};

/// The boxes of all objects over the last frames, by identity.
///
/// An object keeps its place (an index) while it is known, so that predictors keep what they remember of it by place.
/// Boxes that are empty or not finite, and second boxes of one identity in a frame, are ignored. Objects not seen for
/// `most_missed` frames end. A frame of another size ends all: pixels then mean something else. Allocates nothing once
/// the largest number of objects has been seen. Thread-compatible.
class BoxHistory {
 public:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  explicit BoxHistory(int most_missed = 10) : most_missed_(most_missed) {}

  /// One frame on, with its objects; a frame without any is told as such. Sizes are at least 1.
  void advance(std::span<const IdentifiedBox> objects, int width, int height);

  /// `frames` frames on without a look at any; negative counts are taken as 0.
  void skip(std::int64_t frames);

  /// Forgets all objects.
  void reset();

  /// All places; those with observed == 0 are free.
  std::span<const TrackHistory> tracks() const { return tracks_; }

  /// The place of an object, or kNone.
  std::size_t find(std::int64_t id) const;

  std::int64_t frame() const { return frame_; }  ///< counts calls and skipped frames
  int width() const { return width_; }
  int height() const { return height_; }

 private:
  using Entry = std::pair<std::int64_t, std::size_t>;  // identity, place

  void take(const IdentifiedBox& object);
  void expire();

  int most_missed_;
  std::int64_t frame_ = -1;
  int width_ = 0, height_ = 0;
  std::vector<TrackHistory> tracks_;
  std::vector<Entry> index_;       // by identity
  std::vector<std::size_t> free_;  // places
};

}  // namespace weir
