// SPDX-License-Identifier: Apache-2.0
#include "stages/coding/part_decoder.hpp"

#include "engine/module.hpp"
#include "stages/coding/intra_video.hpp"
#include "stages/ingest/image_codec.hpp"

namespace weir {
namespace {

const Result<DecodeImage*>& codec() {
  static const auto loaded = load_from_module<DecodeImage>("the image codecs", "weir_image_codec", "weir_decode_image");
  return loaded;
}

/// Takes a picture of one size only: what the message says is not to be trusted.
class ExactMemory final : public PixelMemory {
 public:
  ExactMemory(Frame& frame, int width, int height) : frame_(frame), width_(width), height_(height) {}
  MutableImageView allocate(int width, int height) override {
    fits_ = width == width_ && height == height_;
    return frame_.allocate(width, height, PixelFormat::bgr8);
  }
  bool fits() const { return fits_; }

 private:
  Frame& frame_;
  const int width_, height_;
  bool fits_ = false;
};

Status corrupt(const Frame& from, const std::string& why) {
  return {Code::corrupt, "a part in " + std::string(to_string(from.encoding)) + " of " +
                             std::to_string(from.image.width) + "x" + std::to_string(from.image.height) +
                             " pixels cannot be decoded" + (why.empty() ? "" : ": " + why)};
}

class PartDecoder final : public FrameDecoder {
 public:
  Status decode(const Frame& from, Frame& to) override {
    if (from.image.format != PixelFormat::bgr8) return corrupt(from, "it is grey; wanted BGR");
    return from.encoding == ImageEncoding::h264 ? decode_video(from, to) : decode_picture(from, to);
  }

 private:
  static Status decode_picture(const Frame& from, Frame& to) {
    if (!codec()) return codec().error();
    ExactMemory memory(to, from.image.width, from.image.height);
    std::string why;
    if (!(*codec())(from.encoded, memory, why)) return corrupt(from, why);
    return memory.fits() ? Status{} : corrupt(from, "the picture has another size");
  }

  Status decode_video(const Frame& from, Frame& to) {
    if (!video_) {
      auto made = IntraVideoDecoder::create();
      if (!made) return made.error();
      video_ = std::move(*made);
    }
    const Status status = video_->decode(from.encoded, from.image.width, from.image.height, to);
    return status ? status : corrupt(from, status.error().text);
  }

  std::unique_ptr<IntraVideoDecoder> video_;
};

}  // namespace

std::unique_ptr<FrameDecoder> make_part_decoder() { return std::make_unique<PartDecoder>(); }

}  // namespace weir
