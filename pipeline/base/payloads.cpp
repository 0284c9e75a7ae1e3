// SPDX-License-Identifier: Apache-2.0
#include "pipeline/payloads.hpp"

#include <utility>

namespace weir {

Frame::Frame(const Frame& other)
    : image(other.image),
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
  const MutableImageView view{pixels_.data(), width, height, stride, format};
  image = view;
  return view;
}

void Frame::adopt(ImageView view, std::shared_ptr<const void> keeper) {
  image = view;
  keeper_ = std::move(keeper);
}

void Frame::clear() {
  // pixels_ keeps its size: the next frame mostly has the same one, and then resize() writes nothing.
  image = {};
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
