// SPDX-License-Identifier: Apache-2.0
#include "kernels/motion/camera_motion.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace weir {
namespace {

constexpr int kCell = 4;            // places of the texture map along each side
constexpr float kLeastTexture = 8;  // of the best patch of a cell, grey levels squared
constexpr float kTolerance = 0.6F;  // small pixels
constexpr std::uint64_t kSeed = 1;

bool same_size(const LumaImage& a, const LumaImage& b) {
  return a.width == b.width && a.height == b.height && a.reduction == b.reduction;
}

/// The first and one past the last small pixel that [low, high) of a frame touches, of `count`.
std::pair<int, int> touched(float low, float high, int reduction, int count) {
  const auto limit = static_cast<float>(count), scale = 1 / static_cast<float>(reduction);
  if (!(low < high)) return {0, 0};
  return {static_cast<int>(std::clamp(std::floor(low * scale), 0.F, limit)),
          static_cast<int>(std::clamp(std::ceil(high * scale), 0.F, limit))};
}

}  // namespace

void CameraMotion::reset() {
  for (LumaImage& level : now_) level = {};  // which the next frame is compared with
  motion_ = {};
  points_.clear();
}

void CameraMotion::mask(std::span<const Box> objects) {
  const LumaImage& image = before_[0];
  masked_.assign(image.pixels.size(), 0);
  for (const Box& box : objects) {
    const auto [left, right] = touched(box.left, box.right, image.reduction, image.width);
    const auto [top, bottom] = touched(box.top, box.bottom, image.reduction, image.height);
    for (int y = top; y < bottom && left < right; ++y) {
      const auto row = masked_.begin() + static_cast<std::ptrdiff_t>(y) * image.width;
      std::fill(row + left, row + right, 1);
    }
  }
}

void CameraMotion::follow_cell(int first_column, int first_row, PixelShift coarse) {
  const LumaImage& image = before_[0];
  float most = kLeastTexture;
  int best_x = -1, best_y = -1;
  for (int row = first_row; row < first_row + kCell; ++row) {
    for (int column = first_column; column < first_column + kCell; ++column) {
      const float texture = texture_.at(column, row);
      if (texture <= most) continue;
      const int x = column * TextureMap::kStep, y = row * TextureMap::kStep;
      if (masked_[static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width) + static_cast<std::size_t>(x)]) {
        continue;
      }
      most = texture;
      best_x = x;
      best_y = y;
    }
  }
  if (best_x < 0) return;
  PixelShift guess{4 * coarse.x, 4 * coarse.y};
  const auto middle = follow_patch(before_[1], now_[1], best_x / 2, best_y / 2, {2 * coarse.x, 2 * coarse.y});
  if (middle) guess = {2 * middle->x, 2 * middle->y};
  const auto found = follow_patch(before_[0], now_[0], best_x, best_y, guess);
  if (!found) return;
  const auto scale = static_cast<float>(image.reduction);
  points_.push_back(
      {scale * static_cast<float>(best_x), scale * static_cast<float>(best_y), scale * found->x, scale * found->y});
}

void CameraMotion::follow_cells() {
  const PixelShift coarse = coarse_shift(before_[2], now_[2]);
  texture_.compute(before_[0]);
  for (int row = 0; row < texture_.rows(); row += kCell) {
    for (int column = 0; column < texture_.columns(); column += kCell) follow_cell(column, row, coarse);
  }
}

const PictureMotion& CameraMotion::next(const ImageView& frame, std::span<const Box> objects) {
  std::swap(before_, now_);
  reducer_.reduce(frame, now_[0]);
  for (std::size_t level = 1; level < kLevels; ++level) halve(now_[level - 1], now_[level]);
  points_.clear();
  motion_ = {};
  if (now_[0].empty() || !same_size(before_[0], now_[0])) return motion_;
  mask(objects);
  follow_cells();
  Random random(kSeed);
  const auto scale = static_cast<float>(now_[0].reduction);
  motion_ = fit_.fit(points_, 0.5F * static_cast<float>(frame.width), 0.5F * static_cast<float>(frame.height),
                     kTolerance * scale, random);
  return motion_;
}

}  // namespace weir
