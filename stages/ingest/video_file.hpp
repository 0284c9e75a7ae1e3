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
  ~VideoFile();

  /// Puts the next image into `frame`, waiting for it for at most `wait` of real time.
  Result<Step> next(Frame& frame, Duration wait);

  /// Of the last image, since the first one.
  Duration time() const;

  /// When the image after the last one is due: the length of the pass.
  Duration end_time() const;

  /// After the end: what is wrong with the file if it ended early, else empty.
  const std::string& damage() const;

 private:
  VideoFile();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir
