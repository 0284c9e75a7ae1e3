// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "kernels/base/status.hpp"
#include "pipeline/clock.hpp"
#include "stages/sink/annotate.hpp"

namespace weir {

/// How to write a video file.
struct H264FileOptions {
  std::string path;  ///< ends in .mp4, .m4v, .mov or .mkv
  CanvasSize size;
  double fps = 0;             ///< frames per second; 0 = at varying times
  std::int64_t quality = 23;  ///< x264's crf
  std::int64_t bitrate = 0;   ///< kbit/s; above 0 it replaces quality
};

/// An H.264 video file that plays up to the last second whatever ends the run: MP4 is written in fragments. Bound to
/// one thread; encoding runs on GStreamer's own.
class H264File {
 public:
  /// Begins the file; its ending is one that check_ending() takes, its folder is there.
  static Result<std::unique_ptr<H264File>> create(const H264FileOptions& options);
  virtual ~H264File() = default;

  /// Whether the ending of `path` names a container that can be written; the error lists those.
  static Status check_ending(const std::string& path);

  /// BGR pixels of the next frame, to be filled before push.
  virtual Result<MutableImageView> canvas() = 0;

  /// Adds the canvas as the frame shown from `time` on, later than the one before. Waits for the encoder. An error
  /// (a full disk) stays: nothing more can be written then.
  virtual Status push(Duration time, Duration duration) = 0;

  /// Finishes the file; an error when it could not be written to its end. Later calls do nothing.
  virtual Status close() = 0;
};

}  // namespace weir
