// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "kernels/base/status.hpp"

namespace weir::bench {

/// One axis: which values lie at its ends, and which ones are marked.
struct Axis {
  double low = 0, high = 1;
  bool logarithmic = false;
  std::string title;
  std::vector<double> ticks;

  double place(double value) const;  ///< 0 at the low end, 1 at the high one
};

/// Round values between two others, some five of them; of a logarithmic axis 1, 2 and 5 of each decade.
std::vector<double> round_ticks(double low, double high, bool logarithmic);

/// Where text stands to its point.
enum class Align { left, centre, right };

/// A white picture that is drawn on in pixels of its final size and scaled down in the end. Thread-compatible.
class Canvas {
 public:
  Canvas(int width, int height);

  void text(const std::string& words, double x, double y, Align align, double size = 0.42, bool faint = false);
  void line(double x0, double y0, double x1, double y1, const cv::Scalar& colour, double width = 1);
  void box(double x0, double y0, double x1, double y1, const cv::Scalar& colour);
  void dot(double x, double y, const cv::Scalar& colour);

  /// Both axes with their grid in the rectangle; an axis without ticks and title shows as a line alone.
  void axes(const cv::Rect2d& area, const Axis& x, const Axis& y);

  /// Writes a PNG; Code::io where that fails.
  Status write(const std::string& path) const;

 private:
  cv::Mat pixels_;
};

/// The colour of the i-th series.
cv::Scalar series_colour(std::size_t i);

/// A tick's value as text: "0.8", "20 k".
std::string tick_text(double value);

}  // namespace weir::bench
