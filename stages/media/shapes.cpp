// SPDX-License-Identifier: Apache-2.0
#include "stages/media/shapes.hpp"

#include <algorithm>

namespace weir {

void darken(cv::Mat& image, const cv::Rect& wanted) {
  const cv::Rect area = wanted & cv::Rect({0, 0}, image.size());
  for (int y = area.y; y < area.br().y; ++y) {
    std::uint8_t* bytes = image.ptr<std::uint8_t>(y) + 3 * area.x;
    for (int i = 0; i < 3 * area.width; ++i) bytes[i] = static_cast<std::uint8_t>(bytes[i] * 3 / 10);
  }
}

void fill(cv::Mat& image, const cv::Rect& wanted, const cv::Vec3b& color) {
  const cv::Rect area = wanted & cv::Rect({0, 0}, image.size());
  if (!area.empty()) image(area).setTo(cv::Scalar(color));
}

void frame_box(cv::Mat& image, const cv::Rect& box, int thickness, int on, int period, const cv::Vec3b& color) {
  const auto bars = [&](int from, int to, const auto& bar) {
    const int step = period > 0 ? period : to - from;
    for (int at = from; at < to; at += std::max(1, step)) bar(at, std::min(to, at + (period > 0 ? on : step)));
  };
  const int t = thickness;
  bars(box.x, box.br().x, [&](int from, int to) {
    fill(image, {from, box.y, to - from, t}, color);
    fill(image, {from, box.br().y - t, to - from, t}, color);
  });
  bars(box.y, box.br().y, [&](int from, int to) {
    fill(image, {box.x, from, t, to - from}, color);
    fill(image, {box.br().x - t, from, t, to - from}, color);
  });
}

}  // namespace weir
