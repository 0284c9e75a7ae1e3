// SPDX-License-Identifier: Apache-2.0
#include "stages/media/gst_h264_encoder.hpp"

#include <cstring>
#include <string>
#include <utility>

namespace weir {
namespace {

constexpr GstClockTime kPatience = 2 * GST_SECOND;  // for one picture; far more than it takes

/// Repeats the last pixel of each row and the last row: a flat edge costs least.
void copy_padded(const ImageView& from, const MutableImageView& to) {
  const auto line = static_cast<std::size_t>(from.width) * 3;
  for (int y = 0; y < from.height; ++y) {
    std::uint8_t* row = to.row(y);
    std::memcpy(row, from.row(y), line);
    for (int x = from.width; x < to.width; ++x) std::memcpy(row + 3 * x, row + line - 3, 3);
  }
  for (int y = from.height; y < to.height; ++y) {
    std::memcpy(to.row(y), to.row(from.height - 1), static_cast<std::size_t>(to.width) * 3);
  }
}

/// Asks the encoder that feeds this element to make its next picture a key frame.
void request_key_frame(GstElement* sink) {
  GstStructure* wish = gst_structure_new("GstForceKeyUnit", "all-headers", G_TYPE_BOOLEAN, TRUE, nullptr);
  gst_element_send_event(sink, gst_event_new_custom(GST_EVENT_CUSTOM_UPSTREAM, wish));
}

}  // namespace

Status gst_failure(GstElement* pipeline, Code code, const std::string& what) {
  const auto message = gst::pop_message(pipeline, GST_MESSAGE_ERROR, 0);
  return {code, what + (message ? ": " + gst::error_text(message.get()) : std::string())};
}

Result<GstH264Encoder> GstH264Encoder::create(CanvasSize size, int rate_factor, int key_frame_every) {
  GstH264Encoder encoder;
  const gst::EncoderOptions options{
      .quality = rate_factor, .key_frame_every = key_frame_every, .low_delay = true, .profile = "main"};
  auto made = gst::parse("appsrc name=frames format=time ! " + gst::x264_description(options) +
                         ",stream-format=byte-stream,alignment=au ! appsink name=units sync=false");
  if (!made) return fail(made.error());
  encoder.pipeline_ = std::move(*made);
  GstElement* pipeline = encoder.pipeline_.get();
  encoder.sink_ = gst::element(pipeline, "units");
  auto feed = gst::FrameFeed::create(gst::element(pipeline, "frames"), size, kPictureFps);
  if (!feed) return fail(feed.error());
  encoder.feed_.emplace(std::move(*feed));
  if (gst_element_set_state(pipeline, GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE) return encoder;
  return fail(gst_failure(pipeline, Code::internal, "the H.264 encoder does not start").error());
}

Status GstH264Encoder::encode(const ImageView& image, bool key, std::vector<std::uint8_t>& out) {
  auto canvas = feed_->canvas();
  if (!canvas) return canvas.error();
  copy_padded(image, *canvas);
  if (key && pictures_ > 0) request_key_frame(sink_.get());
  const bool taken = feed_->push(pictures_++ * kPicturePeriod, kPicturePeriod) == GST_FLOW_OK;
  const auto sample = taken ? gst::pull(sink_.get(), kPatience) : nullptr;
  if (!sample) return gst_failure(pipeline_.get(), Code::internal, "the H.264 encoder gives no picture");
  GstBuffer* buffer = gst_sample_get_buffer(sample.get());
  out.resize(gst_buffer_get_size(buffer));
  gst_buffer_extract(buffer, 0, out.data(), out.size());
  return {};
}

}  // namespace weir
