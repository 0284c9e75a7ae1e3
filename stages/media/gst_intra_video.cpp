// SPDX-License-Identifier: Apache-2.0
#include <gst/app/gstappsrc.h>

#include <list>
#include <string>
#include <utility>

#include "stages/media/gst_h264_encoder.hpp"
#include "stages/media/parts.hpp"

namespace weir {
namespace {

constexpr GstClockTime kPatience = 2 * GST_SECOND;  // for one picture; far more than it takes
constexpr std::size_t kMostSizes = 8;
constexpr const char* kAccessUnits = "video/x-h264,stream-format=byte-stream,alignment=au";

class GstIntraEncoder final : public IntraVideoEncoder {
 public:
  explicit GstIntraEncoder(int rate_factor) : rate_factor_(rate_factor) {}

  Status encode(const ImageView& image, std::vector<std::uint8_t>& out) override {
    GstH264Encoder* encoder = nullptr;
    if (Status status = find({padded_side(image.width), padded_side(image.height)}, encoder); !status) return status;
    Status status = encoder->encode(image, true, out);
    if (!status) encoders_.pop_front();  // it is in the middle of something
    return status;
  }

  /// The encoder of a size, moved to the front; the one that was not used for longest gives way.
  Status find(CanvasSize size, GstH264Encoder*& found) {
    for (auto at = encoders_.begin(); at != encoders_.end(); ++at) {
      if (!(at->size() == size)) continue;
      encoders_.splice(encoders_.begin(), encoders_, at);
      found = &encoders_.front();
      return {};
    }
    auto made = GstH264Encoder::create(size, rate_factor_, 1);
    if (!made) return made.error();
    encoders_.push_front(std::move(*made));
    if (encoders_.size() > kMostSizes) encoders_.pop_back();
    found = &encoders_.front();
    return {};
  }

 private:
  const int rate_factor_;
  std::list<GstH264Encoder> encoders_;  // last used first
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
    return gst_failure(pipeline_.get(), Code::internal, "the H.264 decoder does not start");
  }

  Status decode(std::span<const std::uint8_t> bytes, int width, int height, Frame& to) override {
    GstBuffer* buffer = gst_buffer_new_memdup(bytes.data(), bytes.size());
    GST_BUFFER_PTS(buffer) = pictures_++ * kPicturePeriod;
    const bool taken = gst_app_src_push_buffer(GST_APP_SRC(source_.get()), buffer) == GST_FLOW_OK;
    auto sample = taken ? gst::pull(sink_.get(), kPatience) : nullptr;
    if (!sample) return gst_failure(pipeline_.get(), Code::corrupt, "it gives no picture");
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
  GstH264Encoder* first = nullptr;  // so that what is not installed is told now
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
