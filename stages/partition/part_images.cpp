// SPDX-License-Identifier: Apache-2.0
#include "stages/partition/part_images.hpp"

#include <algorithm>
#include <cmath>

namespace weir {
namespace {

int scaled_side(int side, double scale) {
  const int whole = static_cast<int>(std::ceil(side * scale - 1e-6));
  return std::clamp((whole + 1) / 2 * 2, 1, side);
}

}  // namespace

Status PartImages::encode_as(ImageEncoding encoding, int quality) {
  encoding_ = encoding;
  encoder_.reset();
  if (encoding == ImageEncoding::raw) return {};
  auto made = PartEncoder::create(encoding, quality);
  if (!made) return made.error();
  encoder_ = std::move(*made);
  return {};
}

void PartImages::encode(Frame& image) {
  if (!encoder_) return;
  auto bytes = std::make_shared<std::vector<std::uint8_t>>();
  if (!encoder_->encode(image.image, *bytes)) return;
  const ImageView view = image.image;
  image.adopt_encoded(encoding_, *bytes, view.width, view.height, view.format, bytes);
}

void PartImages::begin(const Packet& frame) { keeper_ = std::make_shared<const Packet>(frame); }

PreprocessPlan* PartImages::plan_for(int width, int height) {
  const auto fits = [&](const PreprocessPlan& plan) {
    return plan.options().width == width && plan.options().height == height;
  };
  const auto found = std::ranges::find_if(plans_, fits);
  if (found != plans_.end()) {
    std::rotate(found, found + 1, plans_.end());
    return &plans_.back();
  }
  auto plan = PreprocessPlan::create({.width = width, .height = height});
  if (!plan) return nullptr;
  if (plans_.size() == kMostPlans) plans_.erase(plans_.begin());
  plans_.push_back(std::move(*plan));
  return &plans_.back();
}

Part PartImages::make(const PixelRect& area, PartKind kind, double scale) {
  auto* packet = pool_->take();
  packet->stamp = keeper_->stamp();
  Part part{to_box(area), kind, Packet(packet)};
  const ImageView view = keeper_->get<Frame>()->image.crop(area.left, area.top, area.width(), area.height());
  const int width = scaled_side(view.width, scale), height = scaled_side(view.height, scale);
  PreprocessPlan* plan = scale < 1 ? plan_for(width, height) : nullptr;
  if (plan != nullptr) {
    const MutableImageView pixels = packet->value.allocate(width, height, PixelFormat::bgr8);
    const std::span bytes(pixels.data, static_cast<std::size_t>(pixels.stride) * static_cast<std::size_t>(height));
    if (plan->run(view, bytes, ByteLayout::interleaved)) {
      encode(packet->value);
      return part;
    }
  }
  // The pixels live as long as the frame's packet, which the part keeps.
  packet->value.adopt(view, keeper_);
  packet->value.origin_x = area.left;
  packet->value.origin_y = area.top;
  encode(packet->value);
  return part;
}

Part PartImages::whole(PartKind kind, double scale) {
  const ImageView& image = keeper_->get<Frame>()->image;
  return make({0, 0, image.width, image.height}, kind, scale);
}

}  // namespace weir
