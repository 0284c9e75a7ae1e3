// SPDX-License-Identifier: Apache-2.0
#include "stages/ingest/image_codec.hpp"

#include <exception>
#include <memory>
#include <opencv2/imgcodecs.hpp>

namespace weir {
namespace {

// Lets a cv::Mat take its memory from elsewhere, so that OpenCV decodes into it whatever the size turns out to be.
class MatMemory final : public cv::MatAllocator {
 public:
  explicit MatMemory(PixelMemory& memory) : memory_(memory) {}

  cv::UMatData* allocate(int dims, const int* sizes, int type, void* data, std::size_t* step, cv::AccessFlag flags,
                         cv::UMatUsageFlags usage) const override {
    if (dims != 2 || type != CV_8UC3 || data) {
      return cv::Mat::getStdAllocator()->allocate(dims, sizes, type, data, step, flags, usage);
    }
    const MutableImageView view = memory_.allocate(sizes[1], sizes[0]);
    auto owner = std::make_unique<cv::UMatData>(this);
    last_ = owner->data = owner->origdata = view.data;
    owner->size = static_cast<std::size_t>(view.stride) * static_cast<std::size_t>(view.height);
    step[0] = static_cast<std::size_t>(view.stride);
    step[1] = 3;
    return owner.release();
  }
  bool allocate(cv::UMatData*, cv::AccessFlag, cv::UMatUsageFlags) const override { return false; }
  void deallocate(cv::UMatData* owner) const override { delete owner; }  // the pixels stay where they are

  bool holds(const cv::Mat& pixels) const { return pixels.data == last_; }

 private:
  PixelMemory& memory_;
  mutable const std::uint8_t* last_ = nullptr;
};

bool encode(const char* format, const std::vector<int>& options, const ImageView& image, std::vector<std::uint8_t>& out,
            std::string& why) try {
  const int type = image.format == PixelFormat::bgr8 ? CV_8UC3 : CV_8UC1;
  const cv::Mat pixels(image.height, image.width, type, const_cast<std::uint8_t*>(image.data),
                       static_cast<std::size_t>(image.stride));
  return cv::imencode(format, pixels, out, options);
} catch (const std::exception& error) {
  why = error.what();
  return false;
}

}  // namespace
}  // namespace weir

bool weir_decode_image(std::span<const std::uint8_t> bytes, weir::PixelMemory& memory, std::string& why) try {
  // OpenCV takes no pointer to const, but only reads.
  const cv::Mat file(1, static_cast<int>(bytes.size()), CV_8UC1, const_cast<std::uint8_t*>(bytes.data()));
  weir::MatMemory allocator(memory);
  cv::Mat pixels;
  pixels.allocator = &allocator;
  cv::imdecode(file, cv::IMREAD_COLOR, &pixels);
  if (pixels.empty()) return false;
  if (allocator.holds(pixels)) return true;
  const weir::MutableImageView view =
      memory.allocate(pixels.cols, pixels.rows);  // a photograph that was turned upright
  pixels.copyTo(cv::Mat(view.height, view.width, CV_8UC3, view.data, static_cast<std::size_t>(view.stride)));
  return true;
} catch (const std::exception& error) {
  why = error.what();
  return false;
}

bool weir_encode_jpeg(const weir::ImageView& image, int quality, std::vector<std::uint8_t>& out, std::string& why) {
  return weir::encode(".jpg", {cv::IMWRITE_JPEG_QUALITY, quality}, image, out, why);
}

bool weir_encode_webp(const weir::ImageView& image, int quality, std::vector<std::uint8_t>& out, std::string& why) {
  return weir::encode(".webp", {cv::IMWRITE_WEBP_QUALITY, quality}, image, out, why);
}
