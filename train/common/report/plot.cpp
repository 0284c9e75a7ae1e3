// SPDX-License-Identifier: Apache-2.0
#include "train/common/report/plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

namespace weir::train {
namespace {

constexpr int kWidth = 640, kHeight = 400;
constexpr int kLeft = 64, kRight = 20, kTop = 40, kBottom = 52;
// Drawn large and made smaller: OpenCV's letters are thin at this size.
constexpr int kScale = 3;

const cv::Scalar kInk(50, 50, 50), kGrid(230, 230, 230), kPaper(255, 255, 255);
// Okabe and Ito's colours, which most colour-blind readers can tell apart; blue first, yellow last.
const std::array<cv::Scalar, 8> kColours{{{178, 114, 0},
                                          {0, 94, 213},
                                          {115, 158, 0},
                                          {167, 121, 204},
                                          {0, 159, 230},
                                          {233, 180, 86},
                                          {0, 0, 0},
                                          {66, 228, 240}}};

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void take(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool empty() const { return low > high; }
};

bool drawable(const CurvePoint& point) { return std::isfinite(point.x) && std::isfinite(point.y); }

std::string tick_text(double value, double step, double largest) {
  const int decimals = std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-9)), 0, 6);
  std::array<char, 32> text{};
  if (largest >= 10000 && step >= 1000 && value != 0) {
    std::snprintf(text.data(), text.size(), "%gk", value / 1000);
  } else {
    std::snprintf(text.data(), text.size(), "%.*f", decimals, value + 0.0);
  }
  return text.data();
}

enum class Align { left, centre, right };

class Chart {
 public:
  Chart(const Plot& plot, cv::Mat canvas) : plot_(plot), canvas_(std::move(canvas)) {
    for (const PlotSeries& series : plot.series) {
      for (const CurvePoint& point : series.points) {
        if (!drawable(point)) continue;
        x_.take(point.x);
        y_.take(point.y);
      }
    }
    if (x_.low == x_.high) x_.high = x_.low + 1;
    // A little air, so that no line runs along the frame; values that start at zero keep their zero.
    const double air = y_.low == y_.high ? 0.5 : 0.05 * (y_.high - y_.low);
    if (y_.low < 0 || y_.low > 4 * air) y_.low -= air;
    if (y_.low > 0 && y_.low <= 4 * air) y_.low = 0;
    y_.high += air;
  }

  void draw() {
    axes();
    for (std::size_t i = 0; i < plot_.series.size(); ++i) line(plot_.series[i], kColours[i % kColours.size()]);
    legend();
  }

 private:
  cv::Point at(double x, double y) const {
    const double across = (x - x_.low) / (x_.high - x_.low), up = (y - y_.low) / (y_.high - y_.low);
    return pixel(kLeft + across * (kWidth - kLeft - kRight), kHeight - kBottom - up * (kHeight - kTop - kBottom));
  }
  static cv::Point pixel(double x, double y) {
    return {static_cast<int>(std::lround(x * kScale)), static_cast<int>(std::lround(y * kScale))};
  }

  void text(const std::string& words, double x, double y, Align align, double size = 0.42, int weight = 1) {
    const cv::Size box = text_size(words, size);
    cv::Point where = pixel(x, y);
    if (align == Align::centre) where.x -= box.width / 2;
    if (align == Align::right) where.x -= box.width;
    cv::putText(canvas_, words, where, cv::FONT_HERSHEY_SIMPLEX, size * kScale, kInk, weight * kScale - 1, cv::LINE_AA);
  }
  static cv::Size text_size(const std::string& words, double size) {
    int below = 0;
    return cv::getTextSize(words, cv::FONT_HERSHEY_SIMPLEX, size * kScale, kScale - 1, &below);
  }

  void axes() {
    const std::vector<double> across = axis_ticks(x_.low, x_.high, 6), up = axis_ticks(y_.low, y_.high, 6);
    for (const double tick : up) {
      cv::line(canvas_, at(x_.low, tick), at(x_.high, tick), kGrid, kScale);
      text(tick_text(tick, up[1] - up[0], up.back()), kLeft - 8.0, at(x_.low, tick).y / double{kScale} + 4,
           Align::right);
    }
    for (const double tick : across) {
      const cv::Point foot = at(tick, y_.low);
      cv::line(canvas_, foot, foot + cv::Point(0, 4 * kScale), kInk, kScale);
      text(tick_text(tick, across[1] - across[0], across.back()), foot.x / double{kScale}, kHeight - kBottom + 18.0,
           Align::centre);
    }
    cv::line(canvas_, at(x_.low, y_.low), at(x_.high, y_.low), kInk, kScale);
    cv::line(canvas_, at(x_.low, y_.low), at(x_.low, y_.high), kInk, kScale);
    text(plot_.title, kLeft + (kWidth - kLeft - kRight) / 2.0, 24, Align::centre, 0.5, 2);
    text(plot_.x_label, kLeft + (kWidth - kLeft - kRight) / 2.0, kHeight - 14.0, Align::centre);
    text(plot_.y_label, 10, kTop - 10.0, Align::left);
  }

  void line(const PlotSeries& series, const cv::Scalar& colour) {
    const CurvePoint* before = nullptr;
    for (const CurvePoint& point : series.points) {
      if (!drawable(point)) {
        before = nullptr;
        continue;
      }
      if (before != nullptr) {
        cv::line(canvas_, at(before->x, before->y), at(point.x, point.y), colour, 2 * kScale, cv::LINE_AA);
      }
      // Few points are measurements: show where they are.
      if (series.points.size() <= 40) cv::circle(canvas_, at(point.x, point.y), 3 * kScale, colour, -1, cv::LINE_AA);
      before = &point;
    }
  }

  // In the half, upper or lower, in which fewer points of the right third lie.
  void legend() {
    if (plot_.series.size() < 2) return;
    int width = 0, above = 0, below = 0;
    for (const PlotSeries& series : plot_.series) {
      width = std::max(width, text_size(series.name, 0.42).width / kScale);
      for (const CurvePoint& point : series.points) {
        if (!drawable(point) || point.x < x_.low + 0.6 * (x_.high - x_.low)) continue;
        (point.y > (y_.low + y_.high) / 2 ? above : below) += 1;
      }
    }
    const double x = kWidth - kRight - width - 44.0;
    const double rows = 18.0 * static_cast<double>(plot_.series.size());
    double y = above <= below ? kTop + 8.0 : kHeight - kBottom - rows - 12;
    cv::rectangle(canvas_, pixel(x - 8, y), pixel(kWidth - kRight - 2, y + rows + 6), kPaper, cv::FILLED);
    cv::rectangle(canvas_, pixel(x - 8, y), pixel(kWidth - kRight - 2, y + rows + 6), kGrid, kScale);
    for (std::size_t i = 0; i < plot_.series.size(); ++i, y += 18) {
      cv::line(canvas_, pixel(x, y + 12), pixel(x + 24, y + 12), kColours[i % kColours.size()], 3 * kScale);
      text(plot_.series[i].name, x + 32, y + 16, Align::left);
    }
  }

  const Plot& plot_;
  cv::Mat canvas_;
  Range x_, y_;
};

bool has_point(const Plot& plot) {
  return std::any_of(plot.series.begin(), plot.series.end(), [](const PlotSeries& series) {
    return std::any_of(series.points.begin(), series.points.end(), drawable);
  });
}

}  // namespace

std::vector<double> axis_ticks(double low, double high, int count) {
  const double raw = (high - low) / std::max(count, 1);
  const double power = std::pow(10, std::floor(std::log10(raw)));
  double step = 10 * power;
  for (const double factor : {5.0, 2.0, 1.0}) {
    if (factor * power >= raw * 0.999) step = factor * power;
  }
  std::vector<double> ticks;
  for (double i = std::ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; ++i) ticks.push_back(i * step);
  if (ticks.size() < 2) ticks = {low, high};
  return ticks;
}

Status plot_curves(const std::filesystem::path& path, const std::vector<Plot>& plots) {
  if (plots.empty()) return {Code::invalid, "chart " + path.string() + ": there is nothing to draw"};
  for (const Plot& plot : plots) {
    if (!has_point(plot)) {
      return {Code::invalid, "chart " + path.string() + ": \"" + plot.title + "\" has no point to draw"};
    }
  }
  try {
    cv::Mat large(kHeight * kScale, kWidth * kScale * static_cast<int>(plots.size()), CV_8UC3, kPaper);
    for (std::size_t i = 0; i < plots.size(); ++i) {
      Chart(plots[i], large(cv::Rect(static_cast<int>(i) * kWidth * kScale, 0, kWidth * kScale, kHeight * kScale)))
          .draw();
    }
    cv::Mat small;
    cv::resize(large, small, {}, 1.0 / kScale, 1.0 / kScale, cv::INTER_AREA);
    if (cv::imwrite(path.string(), small)) return {};
  } catch (const cv::Exception& error) {
    return {Code::io, "chart " + path.string() + " cannot be written: " + error.what()};
  }
  return {Code::io, "chart " + path.string() + " cannot be written; does its folder exist?"};
}

}  // namespace weir::train
