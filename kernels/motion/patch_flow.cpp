// SPDX-License-Identifier: Apache-2.0
#include "kernels/motion/patch_flow.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace weir {
namespace {

constexpr int kSide = 8, kHalf = kSide / 2;
constexpr int kMostSteps = 8;
constexpr float kSettled = 0.02F;      // pixels
constexpr float kLeastTexture = 4;     // grey levels squared
constexpr float kMostDifference = 14;  // mean grey levels between the patch and what was found

using Patch = std::array<std::array<float, kSide>, kSide>;

/// The patch, its gradients, and the sums of their products.
struct Template {
  Patch value, gx, gy;
  float xx = 0, xy = 0, yy = 0;
};

/// Whether the patch around (x, y) and its neighbours lie inside.
bool inside(const LumaImage& image, int x, int y) {
  return x >= kHalf + 1 && y >= kHalf + 1 && x + kHalf + 1 <= image.width && y + kHalf + 1 <= image.height;
}

void take(const LumaImage& image, int x, int y, Template& t) {
  t.xx = t.xy = t.yy = 0;
  for (int j = 0; j < kSide; ++j) {
    const auto row = static_cast<std::size_t>(j);
    const float* at = image.row(y - kHalf + j) + x - kHalf;
    const float *above = at - image.width, *below = at + image.width;
    for (int i = 0; i < kSide; ++i) {
      const auto column = static_cast<std::size_t>(i);
      t.value[row][column] = at[i];
      t.gx[row][column] = 0.5F * (at[i + 1] - at[i - 1]);
      t.gy[row][column] = 0.5F * (below[i] - above[i]);
    }
    for (std::size_t i = 0; i < kSide; ++i) {
      t.xx += t.gx[row][i] * t.gx[row][i];
      t.xy += t.gx[row][i] * t.gy[row][i];
      t.yy += t.gy[row][i] * t.gy[row][i];
    }
  }
}

/// Per pixel, from the sums of the gradients' products over a patch.
float smaller_eigenvalue(float xx, float xy, float yy) {
  const float middle = 0.5F * (xx + yy), half = 0.5F * (xx - yy);
  return (middle - std::sqrt(half * half + xy * xy)) / (kSide * kSide);
}

/// What the template sees less what `now` shows at (x, y): the sums of the difference times both gradients, and the
/// mean of its amount.
struct Mismatch {
  float x = 0, y = 0, mean = 0;
};

Mismatch compare(const Template& t, const LumaImage& now, float x, float y) {
  const int left = static_cast<int>(std::floor(x)), top = static_cast<int>(std::floor(y));
  const float fx = x - static_cast<float>(left), fy = y - static_cast<float>(top);
  const float a = (1 - fx) * (1 - fy), b = fx * (1 - fy), c = (1 - fx) * fy, d = fx * fy;
  Mismatch sum;
  for (int j = 0; j < kSide; ++j) {
    const auto row = static_cast<std::size_t>(j);
    const float* at = now.row(top - kHalf + j) + left - kHalf;
    const float* below = at + now.width;
    std::array<float, kSide> difference;
    for (int i = 0; i < kSide; ++i) {
      const auto column = static_cast<std::size_t>(i);
      difference[column] = t.value[row][column] - (a * at[i] + b * at[i + 1] + c * below[i] + d * below[i + 1]);
    }
    for (std::size_t i = 0; i < kSide; ++i) {
      sum.x += difference[i] * t.gx[row][i];
      sum.y += difference[i] * t.gy[row][i];
      sum.mean += std::abs(difference[i]);
    }
  }
  sum.mean /= kSide * kSide;
  return sum;
}

/// Mean difference where both pictures show the same after a move; the overlap is what is left of the picture.
float mean_difference(const LumaImage& before, const LumaImage& now, int dx, int dy) {
  const int left = std::max(0, -dx), right = std::min(before.width, before.width - dx);
  const int top = std::max(0, -dy), bottom = std::min(before.height, before.height - dy);
  float sum = 0;
  for (int y = top; y < bottom; ++y) {
    const float *a = before.row(y), *b = now.row(y + dy) + dx;
    std::array<float, 8> lanes{};
    int x = left;
    for (; x + 8 <= right; x += 8) {
      for (int i = 0; i < 8; ++i) lanes[static_cast<std::size_t>(i)] += std::abs(a[x + i] - b[x + i]);
    }
    for (; x < right; ++x) lanes[0] += std::abs(a[x] - b[x]);
    for (const float lane : lanes) sum += lane;
  }
  return sum / static_cast<float>((right - left) * (bottom - top));
}

}  // namespace

PixelShift coarse_shift(const LumaImage& before, const LumaImage& now) {
  if (before.empty()) return {};
  const int most_x = before.width / 8, most_y = before.height / 4;
  float least = mean_difference(before, now, 0, 0);
  PixelShift best;
  for (int dy = -most_y; dy <= most_y; ++dy) {
    for (int dx = -most_x; dx <= most_x; ++dx) {
      const float difference = mean_difference(before, now, dx, dy);
      if (!(difference < least)) continue;
      least = difference;
      best = {static_cast<float>(dx), static_cast<float>(dy)};
    }
  }
  return best;
}

void TextureMap::compute(const LumaImage& image) {
  columns_ = image.width / kStep;
  rows_ = image.height / kStep;
  blocks_.assign(static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows_), {});
  for (int y = 1; y < kStep * rows_ && y + 1 < image.height; ++y) {
    const float* at = image.row(y);
    const float *above = at - image.width, *below = at + image.width;
    Products* block = blocks_.data() + static_cast<std::ptrdiff_t>(y / kStep) * columns_;
    for (int x = 0; x < kStep * columns_; x += kStep, ++block) {
      for (int i = std::max(x, 1); i < std::min(x + kStep, image.width - 1); ++i) {
        const float gx = 0.5F * (at[i + 1] - at[i - 1]), gy = 0.5F * (below[i] - above[i]);
        block->xx += gx * gx;
        block->xy += gx * gy;
        block->yy += gy * gy;
      }
    }
  }
}

float TextureMap::at(int column, int row) const {
  if (column < 1 || row < 1 || column >= columns_ || row >= rows_) return 0;
  Products sum;
  for (const int y : {row - 1, row}) {
    for (const int x : {column - 1, column}) {
      const Products& block =
          blocks_[static_cast<std::size_t>(y) * static_cast<std::size_t>(columns_) + static_cast<std::size_t>(x)];
      sum.xx += block.xx;
      sum.xy += block.xy;
      sum.yy += block.yy;
    }
  }
  return smaller_eigenvalue(sum.xx, sum.xy, sum.yy);
}

std::optional<PixelShift> follow_patch(const LumaImage& before, const LumaImage& now, int x, int y, PixelShift guess) {
  if (!inside(before, x, y)) return {};
  Template t;
  take(before, x, y, t);
  if (!(smaller_eigenvalue(t.xx, t.xy, t.yy) >= kLeastTexture)) return {};
  const float determinant = t.xx * t.yy - t.xy * t.xy;
  float to_x = static_cast<float>(x) + guess.x, to_y = static_cast<float>(y) + guess.y;
  const float left = kHalf, right = static_cast<float>(now.width - kHalf - 1);
  const float top = kHalf, bottom = static_cast<float>(now.height - kHalf - 1);
  for (int step = 0; step < kMostSteps; ++step) {
    if (!(to_x >= left && to_x <= right && to_y >= top && to_y <= bottom)) return {};
    const Mismatch seen = compare(t, now, to_x, to_y);
    const float dx = (t.yy * seen.x - t.xy * seen.y) / determinant;
    const float dy = (t.xx * seen.y - t.xy * seen.x) / determinant;
    if (std::max(std::abs(dx), std::abs(dy)) < kSettled) {
      if (seen.mean > kMostDifference) return {};
      return PixelShift{to_x - static_cast<float>(x), to_y - static_cast<float>(y)};
    }
    to_x += dx;
    to_y += dy;
  }
  return {};
}

}  // namespace weir
