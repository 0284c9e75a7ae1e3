// SPDX-License-Identifier: Apache-2.0
#include "stages/media/placement.hpp"

#include <algorithm>
#include <cmath>

namespace weir {

Placement Placement::of(const ImageView& image, const cv::Size& canvas) {
  if (canvas.width - image.width <= 1 && canvas.height - image.height <= 1 && canvas.width >= image.width &&
      canvas.height >= image.height) {
    return {1, 0, 0, image.width, image.height};
  }
  const double scale =
      std::min(canvas.width / static_cast<double>(image.width), canvas.height / static_cast<double>(image.height));
  const int width = std::clamp(static_cast<int>(std::lround(image.width * scale)), 1, canvas.width);
  const int height = std::clamp(static_cast<int>(std::lround(image.height * scale)), 1, canvas.height);
  return {scale, (canvas.width - width) / 2, (canvas.height - height) / 2, width, height};
}

cv::Rect Placement::place(const Box& box) const {
  const auto along = [this](float value, int limit) {
    return static_cast<int>(std::lround(std::clamp<double>(value * scale, -limit, 2.0 * limit)));
  };
  const cv::Point from(along(box.left, width), along(box.top, height));
  const cv::Point to(along(box.right, width), along(box.bottom, height));
  return cv::Rect(from.x + x, from.y + y, to.x - from.x, to.y - from.y);
}

bool drawable(const Box& box) { return box.width() > 0 && box.height() > 0 && std::isfinite(box.area()); }

}  // namespace weir
