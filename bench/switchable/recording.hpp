// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "bench/models/scored_detector.hpp"
#include "kernels/image/image_view.hpp"
#include "pipeline/payloads.hpp"

namespace weir::bench {

inline constexpr int kWidth = 640, kHeight = 192;  // of what networks see and pictures are sent as

/// Frames as networks see them: 640x192 pixels.
struct Recording {
  std::string name;
  bool in_sequence = true;  ///< each frame is the next one's past
  std::vector<Frame> frames;
  std::vector<EvalFrame> truth;    ///< of the frames as they were recorded, in their pixels; empty: there is none
  float scale_x = 1, scale_y = 1;  ///< pixels as recorded per pixel here

  std::vector<ImageView> views() const;
};

/// KITTI tracking 0002, frames 0 to 66, with its labels: the camera moves.
Result<Recording> moving_recording();

/// KITTI drive 0052: it mostly stands.
Result<Recording> still_recording();

/// Single images of the object benchmark, each a scene of its own.
Result<Recording> single_images();

/// Keeps the first frames only.
void shorten(Recording& recording, std::size_t most);

}  // namespace weir::bench
