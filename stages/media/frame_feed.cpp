// SPDX-License-Identifier: Apache-2.0
#include "stages/media/frame_feed.hpp"

#include <gst/app/gstappsrc.h>

#include <cmath>
#include <string>
#include <utility>

namespace weir::gst {
namespace {

constexpr int kFpsUnit = 1000;  // frame rates as thousandths

}  // namespace

Result<FrameFeed> FrameFeed::create(Ptr<GstElement> appsrc, CanvasSize size, double fps) {
  FrameFeed feed;
  feed.appsrc_ = std::move(appsrc);
  feed.size_ = size;
  if (!gst_video_info_set_format(&feed.info_, GST_VIDEO_FORMAT_BGR, static_cast<guint>(size.width),
                                 static_cast<guint>(size.height))) {
    return fail(Code::unsupported, "video frames of " + std::to_string(size.width) + " x " +
                                       std::to_string(size.height) + " pixels are beyond what GStreamer takes");
  }
  feed.info_.fps_n = static_cast<int>(std::lround(fps * kFpsUnit));
  feed.info_.fps_d = feed.info_.fps_n > 0 ? kFpsUnit : 1;
  const Ptr<GstCaps> caps(gst_video_info_to_caps(&feed.info_));
  gst_app_src_set_caps(GST_APP_SRC(feed.appsrc_.get()), caps.get());
  feed.pool_ = gst_video_buffer_pool_new();
  GstStructure* config = gst_buffer_pool_get_config(feed.pool_);
  gst_buffer_pool_config_set_params(config, caps.get(), static_cast<guint>(GST_VIDEO_INFO_SIZE(&feed.info_)), 0, 0);
  if (!gst_buffer_pool_set_config(feed.pool_, config) || !gst_buffer_pool_set_active(feed.pool_, TRUE)) {
    return fail(Code::internal, "GStreamer gives no buffers for video frames");
  }
  return feed;
}

FrameFeed::FrameFeed(FrameFeed&& other) noexcept
    : appsrc_(std::move(other.appsrc_)),
      pool_(std::exchange(other.pool_, nullptr)),
      info_(other.info_),
      mapped_(other.mapped_),
      buffer_(std::exchange(other.buffer_, nullptr)),
      size_(other.size_) {}

FrameFeed::~FrameFeed() {
  if (buffer_) {
    gst_video_frame_unmap(&mapped_);
    gst_buffer_unref(buffer_);
  }
  if (!pool_) return;
  gst_buffer_pool_set_active(pool_, FALSE);
  gst_object_unref(pool_);
}

Result<MutableImageView> FrameFeed::canvas() {
  if (!buffer_) {
    GstBuffer* buffer = nullptr;
    if (gst_buffer_pool_acquire_buffer(pool_, &buffer, nullptr) != GST_FLOW_OK) {
      return fail(Code::internal, "GStreamer gives no buffer for a video frame");
    }
    if (!gst_video_frame_map(&mapped_, &info_, buffer, GST_MAP_WRITE)) {
      gst_buffer_unref(buffer);
      return fail(Code::internal, "GStreamer's buffer for a video frame cannot be written");
    }
    buffer_ = buffer;
  }
  return MutableImageView{static_cast<std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&mapped_, 0)), size_.width,
                          size_.height, GST_VIDEO_FRAME_PLANE_STRIDE(&mapped_, 0), PixelFormat::bgr8};
}

GstFlowReturn FrameFeed::push(GstClockTime time, GstClockTime duration) {
  gst_video_frame_unmap(&mapped_);
  GST_BUFFER_PTS(buffer_) = time;
  GST_BUFFER_DURATION(buffer_) = duration;
  return gst_app_src_push_buffer(GST_APP_SRC(appsrc_.get()), std::exchange(buffer_, nullptr));
}

std::string x264_description(const EncoderOptions& options) {
  std::string text = "videoconvert ! video/x-raw,format=I420 ! x264enc speed-preset=veryfast bframes=0";
  text += options.low_delay ? " tune=zerolatency" : " rc-lookahead=10";
  text += " key-int-max=" + std::to_string(options.key_frame_every);
  text += options.bitrate > 0 ? " pass=cbr bitrate=" + std::to_string(options.bitrate)
                              : " pass=qual quantizer=" + std::to_string(options.quality);
  return text + " ! video/x-h264,profile=" + options.profile;
}

std::string encoder_description(const EncoderOptions& options) { return x264_description(options) + " ! h264parse"; }

}  // namespace weir::gst
