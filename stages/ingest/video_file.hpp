// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "kernels/base/status.hpp"
#include "pipeline/clock.hpp"
#include "pipeline/payloads.hpp"

namespace weir {

/// One pass through a video file, decoded by GStreamer as fast as it is asked for. Thread-compatible.
class VideoFile {
 public:
  enum class Step { frame, nothing_yet, end };

  /// Finds the video in a file and decodes its first frame. Fails with not_found (no such file), corrupt (not a video,
  /// or damaged before the first frame) or unsupported (no decoder, no video in it); texts name `key`.
  static Result<std::unique_ptr<VideoFile>> open(const std::string& path, std::string_view key);
  virtual ~VideoFile() = default;

  /// Puts the next image into `frame`, waiting for it for at most `wait` of real time.
  virtual Result<Step> next(Frame& frame, Duration wait) = 0;

  /// Of the last image, since the first one.
  virtual Duration time() const = 0;

  /// When the image after the last one is due: the length of the pass.
  virtual Duration end_time() const = 0;

  /// After the end: what is wrong with the file if it ended early, else empty.
  virtual const std::string& damage() const = 0;
};

}  // namespace weir
