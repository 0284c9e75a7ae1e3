// SPDX-License-Identifier: Apache-2.0
#include "stages/coding/stream_video.hpp"
#include "stages/media/gst_h264_encoder.hpp"
#include "stages/media/parts.hpp"

namespace weir {
namespace {

constexpr int kKeyFrameEvery = 1 << 20;  // whoever lost a picture asks for one

class GstStreamEncoder final : public StreamVideoEncoder {
 public:
  GstStreamEncoder(GstH264Encoder encoder) : encoder_(std::move(encoder)) {}

  Status encode(const ImageView& image, bool key, std::vector<std::uint8_t>& out) override {
    if (padded_side(image.width) != encoder_.size().width || padded_side(image.height) != encoder_.size().height) {
      return {Code::invalid, "a picture of " + std::to_string(image.width) + "x" + std::to_string(image.height) +
                                 " pixels does not fit this video"};
    }
    return encoder_.encode(image, key, out);
  }

 private:
  GstH264Encoder encoder_;
};

}  // namespace

Result<std::unique_ptr<StreamVideoEncoder>> make_gst_stream_encoder(int width, int height, int rate_factor) {
  if (Status status = gst::init(); !status) return fail(status.error());
  auto encoder = GstH264Encoder::create({padded_side(width), padded_side(height)}, rate_factor, kKeyFrameEvery);
  if (!encoder) return fail(encoder.error());
  return std::make_unique<GstStreamEncoder>(std::move(*encoder));
}

}  // namespace weir
