// SPDX-License-Identifier: Apache-2.0
#include <gst/app/gstappsrc.h>

#include <cstring>
#include <list>
#include <optional>
#include <string>
#include <utility>

#include "stages/media/frame_feed.hpp"
#include "stages/media/parts.hpp"

namespace weir {
namespace {

constexpr GstClockTime kPatience = 2 * GST_SECOND;  // for one picture; far more than it takes
constexpr std::size_t kMostSizes = 8;
constexpr int kFps = 25;  // any fixed rate: x264 holds a frame back where frames come at varying times
constexpr GstClockTime kPeriod = GST_SECOND / kFps;
constexpr const char* kAccessUnits = "video/x-h264,stream-format=byte-stream,alignment=au";

Status not_done(GstElement* pipeline, Code code, const std::string& what) {
  const auto message = gst::pop_message(pipeline, GST_MESSAGE_ERROR, 0);
  return {code, what + (message ? ": " + gst::error_text(message.get()) : std::string())};
}

/// An encoder for pictures of one size.
struct SizedEncoder {
  gst::Pipeline pipeline;
  gst::Ptr<GstElement> sink;
  std::optional<gst::FrameFeed> feed;

  Status start(CanvasSize size, int rate_factor) {
    const gst::EncoderOptions options{
        .quality = rate_factor, .key_frame_every = 1, .low_delay = true, .profile = "main"};
    auto made = gst::parse("appsrc name=frames format=time ! " + gst::x264_description(options) +
                           ",stream-format=byte-stream,alignment=au ! appsink name=units sync=false");
    if (!made) return made.error();
    pipeline = std::move(*made);
    sink = gst::element(pipeline.get(), "units");
    auto made_feed = gst::FrameFeed::create(gst::element(pipeline.get(), "frames"), size, kFps);
    if (!made_feed) return made_feed.error();
    feed.emplace(std::move(*made_feed));
    if (gst_element_set_state(pipeline.get(), GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE) return {};
    return not_done(pipeline.get(), Code::internal, "the H.264 encoder does not start");
  }
};

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

class GstIntraEncoder final : public IntraVideoEncoder {
 public:
  explicit GstIntraEncoder(int rate_factor) : rate_factor_(rate_factor) {}

  Status encode(const ImageView& image, std::vector<std::uint8_t>& out) override {
    SizedEncoder* encoder = nullptr;
    if (Status status = find({padded_side(image.width), padded_side(image.height)}, encoder); !status) return status;
    auto canvas = encoder->feed->canvas();
    if (!canvas) return canvas.error();
    copy_padded(image, *canvas);
    const GstClockTime time = pictures_++ * kPeriod;
    const bool taken = encoder->feed->push(time, kPeriod) == GST_FLOW_OK;
    const auto sample = taken ? gst::pull(encoder->sink.get(), kPatience) : nullptr;
    if (!sample) {
      const Status status = not_done(encoder->pipeline.get(), Code::internal, "the H.264 encoder gives no picture");
      encoders_.pop_front();  // it is in the middle of something
      return status;
    }
    GstBuffer* buffer = gst_sample_get_buffer(sample.get());
    out.resize(gst_buffer_get_size(buffer));
    gst_buffer_extract(buffer, 0, out.data(), out.size());
    return {};
  }

  /// The encoder of a size, moved to the front; the one that was not used for longest gives way.
  Status find(CanvasSize size, SizedEncoder*& found) {
    for (auto at = encoders_.begin(); at != encoders_.end(); ++at) {
      if (!(at->feed->size() == size)) continue;
      encoders_.splice(encoders_.begin(), encoders_, at);
      found = &encoders_.front();
      return {};
    }
    SizedEncoder made;
    if (Status status = made.start(size, rate_factor_); !status) return status;
    encoders_.push_front(std::move(made));
    if (encoders_.size() > kMostSizes) encoders_.pop_back();
    found = &encoders_.front();
    return {};
  }

 private:
  const int rate_factor_;
  std::uint64_t pictures_ = 0;
  std::list<SizedEncoder> encoders_;  // last used first
};

class GstIntraDecoder final : public IntraVideoDecoder {
 public:
  Status start() {
    auto made = gst::parse("appsrc name=units format=time caps=" + std::string(kAccessUnits) +
                           " ! avdec_h264 max-threads=1 ! videoconvert ! video/x-raw,format=BGR ! "
                           "appsink name=frames sync=false");
    if (!made) return made.error();
    pipeline_ = std::move(*made);
    source_ = gst::element(pipeline_.get(), "units");
    sink_ = gst::element(pipeline_.get(), "frames");
    if (gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE) return {};
    return not_done(pipeline_.get(), Code::internal, "the H.264 decoder does not start");
  }

  Status decode(std::span<const std::uint8_t> bytes, int width, int height, Frame& to) override {
    GstBuffer* buffer = gst_buffer_new_memdup(bytes.data(), bytes.size());
    GST_BUFFER_PTS(buffer) = pictures_++ * kPeriod;
    const bool taken = gst_app_src_push_buffer(GST_APP_SRC(source_.get()), buffer) == GST_FLOW_OK;
    auto sample = taken ? gst::pull(sink_.get(), kPatience) : nullptr;
    if (!sample) return not_done(pipeline_.get(), Code::corrupt, "it gives no picture");
    auto whole = std::make_shared<Frame>();
    if (Status status = gst::adopt(std::move(sample), *whole); !status) return status;
    if (whole->image.width < width || whole->image.height < height) {
      return {Code::corrupt, "the picture is smaller than that"};
    }
    const ImageView part = whole->image.crop(0, 0, width, height);
    to.adopt(part, std::move(whole));
    return {};
  }

 private:
  gst::Pipeline pipeline_;
  gst::Ptr<GstElement> source_, sink_;
  std::uint64_t pictures_ = 0;
};

}  // namespace

Result<std::unique_ptr<IntraVideoEncoder>> make_gst_intra_encoder(int rate_factor) {
  if (Status status = gst::init(); !status) return fail(status.error());
  auto encoder = std::make_unique<GstIntraEncoder>(rate_factor);
  SizedEncoder* first = nullptr;  // so that what is not installed is told now
  if (Status status = encoder->find({64, 64}, first); !status) return fail(status.error());
  return encoder;
}

Result<std::unique_ptr<IntraVideoDecoder>> make_gst_intra_decoder() {
  if (Status status = gst::init(); !status) return fail(status.error());
  auto decoder = std::make_unique<GstIntraDecoder>();
  if (Status status = decoder->start(); !status) return fail(status.error());
  return decoder;
}

}  // namespace weir
