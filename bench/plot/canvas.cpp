// SPDX-License-Identifier: Apache-2.0
#include "bench/plot/canvas.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

namespace weir::bench {
namespace {

constexpr int kScale = 3;  // drawn this much larger, for smooth edges
const cv::Scalar kInk(40, 40, 40), kFaint(120, 120, 120), kGrid(226, 226, 226);
constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;

/// Blue, orange, green, red, violet, brown, grey, turquoise, olive, pink; told apart by the colour-blind, too, as far
/// as ten can be.
const std::array<cv::Scalar, 10> kColours{cv::Scalar(180, 119, 31), {14, 127, 255}, {44, 160, 44},   {40, 39, 214},
                                          {189, 103, 148},          {75, 86, 140},  {127, 127, 127}, {207, 190, 23},
                                          {34, 189, 188},           {194, 119, 227}};

cv::Point pixel(double x, double y) {
  return {static_cast<int>(std::lround(x * kScale)), static_cast<int>(std::lround(y * kScale))};
}

}  // namespace

cv::Scalar series_colour(std::size_t i) { return kColours[i % kColours.size()]; }

std::string tick_text(double value) {
  char text[32];
  if (std::abs(value) >= 1e6) {
    std::snprintf(text, sizeof text, "%g M", value / 1e6);
  } else if (std::abs(value) >= 1e4) {
    std::snprintf(text, sizeof text, "%g k", value / 1e3);
  } else {
    std::snprintf(text, sizeof text, "%g", std::round(value * 1e6) / 1e6 + 0.0);  // + 0.0: no "-0"
  }
  return text;
}

double Axis::place(double value) const {
  if (!logarithmic) return (value - low) / (high - low);
  return std::log(std::max(value, 1e-12) / low) / std::log(high / low);
}

std::vector<double> round_ticks(double low, double high, bool logarithmic) {
  std::vector<double> ticks;
  if (logarithmic) {
    for (double decade = std::pow(10, std::floor(std::log10(low))); decade <= high; decade *= 10) {
      for (const double step : {1.0, 2.0, 5.0}) {
        if (decade * step >= low * 0.999 && decade * step <= high * 1.001) ticks.push_back(decade * step);
      }
    }
    return ticks;
  }
  const double rough = (high - low) / 5, decade = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * decade;
  for (const double factor : {5.0, 2.0, 1.0}) {
    if (factor * decade >= rough) step = factor * decade;
  }
  for (double tick = std::ceil(low / step - 1e-9) * step; tick <= high + 1e-9 * step; tick += step) {
    ticks.push_back(tick);
  }
  return ticks;
}

Canvas::Canvas(int width, int height) : pixels_(height * kScale, width * kScale, CV_8UC3, cv::Scalar::all(255)) {}

void Canvas::text(const std::string& words, double x, double y, Align align, double size, bool faint) {
  const cv::Size extent = cv::getTextSize(words, kFont, size * kScale, kScale, nullptr);
  cv::Point at = pixel(x, y);
  if (align == Align::centre) at.x -= extent.width / 2;
  if (align == Align::right) at.x -= extent.width;
  cv::putText(pixels_, words, at, kFont, size * kScale, faint ? kFaint : kInk, kScale - 1, cv::LINE_AA);
}

void Canvas::line(double x0, double y0, double x1, double y1, const cv::Scalar& colour, double width) {
  cv::line(pixels_, pixel(x0, y0), pixel(x1, y1), colour, std::max(1, static_cast<int>(std::lround(width * kScale))),
           cv::LINE_AA);
}

void Canvas::box(double x0, double y0, double x1, double y1, const cv::Scalar& colour) {
  cv::rectangle(pixels_, pixel(x0, y0), pixel(x1, y1), colour, cv::FILLED);
}

void Canvas::dot(double x, double y, const cv::Scalar& colour) {
  cv::circle(pixels_, pixel(x, y), 4 * kScale, colour, cv::FILLED, cv::LINE_AA);
}

void Canvas::axes(const cv::Rect2d& area, const Axis& x, const Axis& y) {
  const double left = area.x, right = area.x + area.width, top = area.y, bottom = area.y + area.height;
  for (const double tick : y.ticks) {
    const double at = bottom - y.place(tick) * area.height;
    line(left, at, right, at, kGrid);
    text(tick_text(tick), left - 6, at + 4, Align::right, 0.38);
  }
  for (const double tick : x.ticks) {
    const double at = left + x.place(tick) * area.width;
    line(at, top, at, bottom, kGrid);
    text(tick_text(tick), at, bottom + 16, Align::centre, 0.38);
  }
  line(left, bottom, right, bottom, kInk);
  line(left, top, left, bottom, kInk);
  text(x.title, (left + right) / 2, bottom + 36, Align::centre);
  text(y.title, left - 40, top - 12, Align::left);
}

Status Canvas::write(const std::string& path) const {
  cv::Mat small;
  cv::resize(pixels_, small, {}, 1.0 / kScale, 1.0 / kScale, cv::INTER_AREA);
  bool written = false;
  try {
    written = cv::imwrite(path, small);
  } catch (const cv::Exception&) {
    written = false;
  }
  return written ? Status()
                 : Status(Code::io, "the picture cannot be written to " + path + "; give a path ending in .png");
}

}  // namespace weir::bench
