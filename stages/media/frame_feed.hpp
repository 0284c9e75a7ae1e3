// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gst/video/gstvideopool.h>
#include <gst/video/video.h>

#include <cstdint>
#include <string>

#include "kernels/base/status.hpp"
#include "stages/media/gst_support.hpp"
#include "stages/sink/annotate.hpp"

namespace weir::gst {

/// Hands drawn BGR frames to an appsrc, in recycled buffers. Bound to one thread.
class FrameFeed {
 public:
  /// Sets the caps of `appsrc`; `fps` 0 means that the frames come at varying times.
  static Result<FrameFeed> create(Ptr<GstElement> appsrc, CanvasSize size, double fps);

  FrameFeed(FrameFeed&& other) noexcept;
  FrameFeed& operator=(FrameFeed&&) = delete;
  ~FrameFeed();

  const CanvasSize& size() const { return size_; }

  /// Pixels to draw the next frame on; valid until push.
  Result<MutableImageView> canvas();

  /// Sends the canvas. GST_CLOCK_TIME_NONE as `time` lets a live appsrc set it. Returns what GStreamer says.
  GstFlowReturn push(GstClockTime time, GstClockTime duration);

 private:
  FrameFeed() = default;

  Ptr<GstElement> appsrc_;
  GstBufferPool* pool_ = nullptr;
  GstVideoInfo info_{};
  GstVideoFrame mapped_{};  // of buffer_, while that is set
  GstBuffer* buffer_ = nullptr;
  CanvasSize size_;
};

/// The x264 settings that the file and the RTSP sink share.
struct EncoderOptions {
  std::int64_t quality = 23;  ///< constant quality, as x264's crf: 0 best, 50 worst
  std::int64_t bitrate = 0;   ///< kbit/s; above 0 it replaces quality
  int key_frame_every = 20;   ///< frames at most
  bool low_delay = false;     ///< answer each frame at once, for live viewers
  /// For key frames alone, main: x264 leaves out of a high profile's all-intra streams that they are not reordered, and
  /// decoders then hold a picture back.
  std::string profile = "high";
};

/// The part of a pipeline that turns BGR frames into H.264, without parser, which would wait for the next frame;
/// further caps may be appended.
std::string x264_description(const EncoderOptions& options);

/// The part of a pipeline that turns BGR frames into parsed H.264: "videoconvert ! ... ! h264parse".
std::string encoder_description(const EncoderOptions& options);

}  // namespace weir::gst
