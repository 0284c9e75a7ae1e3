// SPDX-License-Identifier: Apache-2.0
#include "pipeline/payloads.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weir {
namespace {
constexpr std::array<std::string_view, 4> kEncodings{"raw", "jpeg", "webp", "h264"};  // by ImageEncoding
}  // namespace

std::string_view to_string(ImageEncoding encoding) { return kEncodings[static_cast<std::size_t>(encoding)]; }

std::optional<ImageEncoding> image_encoding_named(std::string_view name) {
  const auto* found = std::find(kEncodings.begin(), kEncodings.end(), name);
  if (found == kEncodings.end()) return std::nullopt;
  return static_cast<ImageEncoding>(found - kEncodings.begin());
}

Frame::Frame(const Frame& other)
    : image(other.image),
      encoding(other.encoding),
      encoded(other.encoded),
      origin_x(other.origin_x),
      origin_y(other.origin_y),
      truth(other.truth),
      has_truth(other.has_truth),
      pixels_(other.keeper_ ? std::vector<std::uint8_t>() : other.pixels_),
      keeper_(other.keeper_) {
  if (!pixels_.empty() && image.data == other.pixels_.data()) image.data = pixels_.data();
}

MutableImageView Frame::allocate(int width, int height, PixelFormat format) {
  const std::ptrdiff_t stride = static_cast<std::ptrdiff_t>(width) * bytes_per_pixel(format);
  pixels_.resize(static_cast<std::size_t>(stride) * static_cast<std::size_t>(height));
  keeper_.reset();
  encoding = ImageEncoding::raw;
  encoded = {};
  const MutableImageView view{pixels_.data(), width, height, stride, format};
  image = view;
  return view;
}

void Frame::adopt(ImageView view, std::shared_ptr<const void> keeper) {
  image = view;
  encoding = ImageEncoding::raw;
  encoded = {};
  keeper_ = std::move(keeper);
}

void Frame::adopt_encoded(ImageEncoding as, std::span<const std::uint8_t> bytes, int width, int height,
                          PixelFormat format, std::shared_ptr<const void> keeper) {
  image = {nullptr, width, height, 0, format};
  encoding = as;
  encoded = bytes;
  keeper_ = std::move(keeper);
}

void Frame::clear() {
  // pixels_ keeps its size: the next frame mostly has the same one, and then resize() writes nothing.
  image = {};
  encoding = ImageEncoding::raw;
  encoded = {};
  origin_x = origin_y = 0;
  truth.clear();
  has_truth = false;
  keeper_.reset();
}

void Detections::clear() {
  items.clear();
  classes.reset();
  frame_width = 0;
  frame_height = 0;
}

void Parts::clear() {
  items.clear();
  frame_width = frame_height = 0;
}

void PartAnswers::clear() {
  items.clear();
  frame_width = frame_height = 0;
}

void Tracks::clear() {
  items.clear();
  classes.reset();
  frame_width = 0;
  frame_height = 0;
}

}  // namespace weir
