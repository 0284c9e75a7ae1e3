// SPDX-License-Identifier: Apache-2.0
#include "stages/sink/jpeg_encoder.hpp"

#include "engine/module.hpp"
#include "stages/ingest/image_codec.hpp"

namespace weir {
namespace {

constexpr int kMostSide = 65535;

const Result<EncodeImage*>& codec() {
  static const auto loaded = load_from_module<EncodeImage>("the image codecs", "weir_image_codec", "weir_encode_jpeg");
  return loaded;
}

}  // namespace

Result<std::span<const std::uint8_t>> JpegEncoder::encode(const ImageView& image, int quality) {
  if (!codec()) return fail(codec().error());
  const std::string size = std::to_string(image.width) + "x" + std::to_string(image.height);
  if (image.empty() || image.width > kMostSide || image.height > kMostSide) {
    return fail(Code::invalid, "an image of " + size + " pixels cannot be a JPEG; wanted 1x1 to 65535x65535");
  }
  why_.clear();
  if ((*codec())(image, quality, file_, why_)) return file_;
  return fail(Code::internal, "an image of " + size + " pixels could not be encoded as JPEG: " + why_);
}

}  // namespace weir
