// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "pipeline/payloads.hpp"

namespace weir::test {

inline constexpr int kWidth = 1242, kHeight = 375;

inline Tracks no_tracks(int width = kWidth, int height = kHeight) {
  static const auto classes = std::make_shared<const ClassNames>(ClassNames{"person", "car"});
  Tracks tracks;
  tracks.classes = classes;
  tracks.frame_width = width;
  tracks.frame_height = height;
  return tracks;
}

inline Track car(const Box& box, std::int64_t id = 1, float score = 0.9F) {
  Track track;
  track.box = box;
  track.score = score;
  track.class_id = 1;
  track.id = id;
  return track;
}

/// One car, 80 x 60, 10 pixels further to the right in each frame.
inline Tracks driving(std::int64_t frame, float first = 100) {
  Tracks tracks = no_tracks();
  const float left = first + 10 * static_cast<float>(frame);
  tracks.items.push_back(car({left, 150, left + 80, 210}));
  return tracks;
}

/// A frame without pixels to tell apart.
inline Frame blank_frame(int width = kWidth, int height = kHeight) {
  Frame frame;
  frame.allocate(width, height, PixelFormat::gray8);
  return frame;
}

}  // namespace weir::test
