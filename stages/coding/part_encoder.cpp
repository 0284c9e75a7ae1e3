// SPDX-License-Identifier: Apache-2.0
#include "stages/coding/part_encoder.hpp"

#include "engine/module.hpp"
#include "stages/coding/intra_video.hpp"
#include "stages/ingest/image_codec.hpp"

namespace weir {
namespace {

constexpr int kMostSide = 16383;  // of a WebP picture, the strictest

const Result<EncodeImage*>& codec(ImageEncoding encoding) {
  static const auto jpeg = load_from_module<EncodeImage>("the image codecs", "weir_image_codec", "weir_encode_jpeg");
  static const auto webp = load_from_module<EncodeImage>("the image codecs", "weir_image_codec", "weir_encode_webp");
  return encoding == ImageEncoding::webp ? webp : jpeg;
}

Status check(const ImageView& image) {
  if (!image.empty() && image.format == PixelFormat::bgr8 && image.width <= kMostSide && image.height <= kMostSide) {
    return {};
  }
  return {Code::invalid, "a part of " + std::to_string(image.width) + "x" + std::to_string(image.height) +
                             (image.format == PixelFormat::bgr8 ? "" : " grey") +
                             " pixels cannot be encoded; wanted 1x1 to 16383x16383 in BGR"};
}

class PictureEncoder final : public PartEncoder {
 public:
  PictureEncoder(EncodeImage& encode, int quality) : encode_(encode), quality_(quality) {}

  Status encode(const ImageView& image, std::vector<std::uint8_t>& out) override {
    if (Status status = check(image); !status) return status;
    why_.clear();
    if (encode_(image, quality_, out, why_)) return {};
    return {Code::internal, "a part could not be encoded: " + why_};
  }

 private:
  EncodeImage& encode_;
  const int quality_;
  std::string why_;
};

class VideoEncoder final : public PartEncoder {
 public:
  explicit VideoEncoder(std::unique_ptr<IntraVideoEncoder> encoder) : encoder_(std::move(encoder)) {}

  Status encode(const ImageView& image, std::vector<std::uint8_t>& out) override {
    if (Status status = check(image); !status) return status;
    return encoder_->encode(image, out);
  }

 private:
  const std::unique_ptr<IntraVideoEncoder> encoder_;
};

}  // namespace

Result<std::unique_ptr<PartEncoder>> PartEncoder::create(ImageEncoding encoding, int quality) {
  if (encoding == ImageEncoding::raw) return fail(Code::invalid, "raw parts are not encoded");
  if (encoding == ImageEncoding::h264) {
    auto encoder = IntraVideoEncoder::create(std::min(50, 9 * (100 - quality) / 10));
    if (!encoder) return fail(encoder.error());
    return std::make_unique<VideoEncoder>(std::move(*encoder));
  }
  if (!codec(encoding)) return fail(codec(encoding).error());
  return std::make_unique<PictureEncoder>(**codec(encoding), quality);
}

}  // namespace weir
