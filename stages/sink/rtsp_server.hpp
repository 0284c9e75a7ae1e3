// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "kernels/base/status.hpp"
#include "stages/sink/annotate.hpp"

namespace weir {

/// How to serve live video.
struct RtspServerOptions {
  std::string address = "127.0.0.1";
  int port = 8554;
  std::int64_t quality = 26;  ///< x264's crf
  std::int64_t bitrate = 0;   ///< kbit/s; above 0 it replaces quality
};

/// An RTSP server with one live video per path. Each video is encoded once for all its viewers, and not at all without.
/// Serves on a thread of its own; the calls belong to one thread.
class RtspServer {
 public:
  /// Listens; an error when the port is taken.
  static Result<std::unique_ptr<RtspServer>> start(const RtspServerOptions& options,
                                                   std::span<const std::string> paths);
  virtual ~RtspServer() = default;

  /// Whether anybody watches the video of this path, by its number in `paths`: connected, and not paused.
  virtual bool watched(std::size_t path) = 0;

  /// BGR pixels for the next frame of a watched path; filled by the caller before push. The size may change. An error
  /// when the last viewer has just left: then there is nothing to push.
  virtual Result<MutableImageView> canvas(std::size_t path, CanvasSize size) = 0;

  /// Sends the canvas. Never waits: what a viewer does not take in time is left out.
  virtual void push(std::size_t path) = 0;
};

}  // namespace weir
