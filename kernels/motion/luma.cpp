// SPDX-License-Identifier: Apache-2.0
#include "kernels/motion/luma.hpp"

#include <algorithm>

#include "kernels/motion/luma_rows.hpp"

namespace weir {
namespace {

constexpr int kWidth = 320;
constexpr int kMostRows = 4;  // of a square: 16 bits hold the sum of four of them

}  // namespace

void LumaReducer::reduce(const ImageView& frame, LumaImage& out) {
  const int side = std::max(1, (frame.width + kWidth / 2) / kWidth);
  out.reduction = side;
  out.width = frame.empty() ? 0 : frame.width / side;
  out.height = frame.empty() ? 0 : frame.height / side;
  if (out.width == 0 || out.height == 0) out.width = out.height = 0;
  const auto columns = static_cast<std::size_t>(out.width), square = static_cast<std::size_t>(side);
  out.pixels.resize(columns * static_cast<std::size_t>(out.height));
  const int rows = std::min(side, kMostRows);
  const float scale = 1.F / static_cast<float>(4 * rows * side);
  float* to = out.pixels.data();
  for (int y = 0; y < out.height; ++y) {
    sums_.assign(columns * square, 0);
    for (int i = 0; i < rows; ++i) {
      const std::uint8_t* pixels = frame.row(y * side + i * side / rows);
      const auto add = frame.format == PixelFormat::bgr8 ? luma::add_bgr : luma::add_gray;
      add(pixels, sums_.size(), sums_.data());
    }
    const std::uint16_t* from = sums_.data();
    for (std::size_t x = 0; x < columns; ++x, from += square) {
      std::uint32_t sum = 0;
      for (std::size_t i = 0; i < square; ++i) sum += from[i];
      *to++ = scale * static_cast<float>(sum);
    }
  }
}

void halve(const LumaImage& image, LumaImage& out) {
  out.width = image.width / 2;
  out.height = image.height / 2;
  out.reduction = 2 * image.reduction;
  out.pixels.resize(static_cast<std::size_t>(out.width) * static_cast<std::size_t>(out.height));
  float* to = out.pixels.data();
  for (int y = 0; y < out.height; ++y) {
    const float *upper = image.row(2 * y), *lower = image.row(2 * y + 1);
    for (int x = 0; x < out.width; ++x, upper += 2, lower += 2) {
      *to++ = 0.25F * (upper[0] + upper[1] + lower[0] + lower[1]);
    }
  }
}

}  // namespace weir
