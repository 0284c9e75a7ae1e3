// SPDX-License-Identifier: Apache-2.0
#include "kernels/partition/strips.hpp"

#include <algorithm>
#include <cmath>

namespace weir {
namespace {

constexpr float kOfStrip = 0.06F, kOfFrame = 0.10F, kEmptyStrip = 3;

bool usable(const Box& box, int width, int height) {
  return std::isfinite(box.left) && std::isfinite(box.top) && std::isfinite(box.right) && std::isfinite(box.bottom) &&
         intersect(box, {0, 0, static_cast<float>(width), static_cast<float>(height)}).area() > 0;
}

Box join(const Box& a, const Box& b) {
  return {std::min(a.left, b.left), std::min(a.top, b.top), std::max(a.right, b.right), std::max(a.bottom, b.bottom)};
}

/// The strip that a box overlaps most; the first of equals.
std::size_t strip_of(const Box& box, float left, float strip_width, std::size_t strips) {
  std::size_t best = 0;
  float most = -1;
  for (std::size_t i = 0; i < strips; ++i) {
    const float from = left + static_cast<float>(i) * strip_width;
    const float overlap = std::min(box.right, from + strip_width) - std::max(box.left, from);
    if (overlap <= most) continue;
    most = overlap;
    best = i;
  }
  return best;
}

PixelRect widened(const Box& strip, int width, int height) {
  const float x = std::max(kOfStrip * strip.width(), kOfFrame * static_cast<float>(width));
  const float y = std::max(kOfStrip * strip.height(), kOfFrame * static_cast<float>(height));
  const Box wide = clip({strip.left - x, strip.top - y, strip.right + x, strip.bottom + y}, static_cast<float>(width),
                        static_cast<float>(height));
  return {static_cast<std::int32_t>(std::floor(wide.left)), static_cast<std::int32_t>(std::floor(wide.top)),
          static_cast<std::int32_t>(std::ceil(wide.right)), static_cast<std::int32_t>(std::ceil(wide.bottom))};
}

}  // namespace

void cut_bands(std::size_t parts, int width, int height, std::vector<PixelRect>& out) {
  out.clear();
  const int bands = std::clamp(static_cast<int>(parts), 1, height);
  for (int i = 0; i < bands; ++i) out.push_back({0, height * i / bands, width, height * (i + 1) / bands});
}

void cut_elf_strips(std::span<const Box> boxes, std::size_t parts, int width, int height, std::vector<PixelRect>& out) {
  out.clear();
  Box all;
  bool any = false;
  for (const Box& box : boxes) {
    if (!usable(box, width, height)) continue;
    all = any ? join(all, box) : box;
    any = true;
  }
  if (!any) return;
  const float strip_width = std::floor(all.width() / static_cast<float>(parts));
  for (std::size_t i = 0; i < parts; ++i) {
    Box strip{0, 0, kEmptyStrip, kEmptyStrip};
    bool filled = false;
    for (const Box& box : boxes) {
      if (!usable(box, width, height) || strip_of(box, all.left, strip_width, parts) != i) continue;
      strip = filled ? join(strip, box) : box;
      filled = true;
    }
    out.push_back(widened(strip, width, height));
  }
}

}  // namespace weir
