// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>

#include "bench/plot/canvas.hpp"
#include "bench/plot/plots.hpp"

namespace weir::bench {
namespace {

constexpr int kWidth = 900, kHeight = 520;
const cv::Rect2d kArea(80, 40, 600, 420);

struct Series {
  std::string name;
  std::vector<cv::Point2d> points;
};

Result<std::vector<Series>> read_series(const Lines& lines) {
  std::vector<Series> all;
  for (const auto& line : lines) {
    if (!line.contains("series") || !line.contains("x") || !line.contains("y")) continue;
    const auto name = line.at("series").get<std::string>();
    const cv::Point2d point(line.at("x").get<double>(), line.at("y").get<double>());
    if (!(point.x > 0)) return fail(Code::invalid, "a point of \"" + name + "\" has an x that is not above 0");
    auto found = std::ranges::find(all, name, &Series::name);
    if (found == all.end()) found = all.insert(all.end(), Series{name, {}});
    found->points.push_back(point);
  }
  if (all.empty()) return fail(Code::invalid, "no line has the keys series, x and y");
  for (Series& series : all) std::ranges::sort(series.points, {}, [](const cv::Point2d& p) { return p.x; });
  return all;
}

/// Axes a little wider than the points.
std::pair<Axis, Axis> axes_of(const std::vector<Series>& all) {
  Axis x, y;
  x.low = y.low = std::numeric_limits<double>::max();
  x.high = y.high = std::numeric_limits<double>::lowest();
  for (const Series& series : all) {
    for (const cv::Point2d& point : series.points) {
      x.low = std::min(x.low, point.x);
      x.high = std::max(x.high, point.x);
      y.low = std::min(y.low, point.y);
      y.high = std::max(y.high, point.y);
    }
  }
  x.logarithmic = true;
  x.low /= 1.2;
  x.high *= 1.2;
  const double margin = std::max(0.05 * (y.high - y.low), 1e-3);
  y.low -= margin;
  y.high += margin;
  x.ticks = round_ticks(x.low, x.high, true);
  y.ticks = round_ticks(y.low, y.high, false);
  return {x, y};
}

std::string title_of(const Lines& lines, const char* key, const char* otherwise) {
  return lines.front().contains(key) ? lines.front().at(key).get<std::string>() : otherwise;
}

}  // namespace

Status plot_curve(const Lines& lines, const std::string& png) {
  const auto all = read_series(lines);
  if (!all) return all.error();
  auto [x, y] = axes_of(*all);
  x.title = title_of(lines, "x_title", "bytes per frame");
  y.title = title_of(lines, "y_title", "accuracy");
  Canvas canvas(kWidth, kHeight);
  canvas.axes(kArea, x, y);
  const auto place = [&, &x = x, &y = y](const cv::Point2d& point) {
    return cv::Point2d(kArea.x + x.place(point.x) * kArea.width, kArea.br().y - y.place(point.y) * kArea.height);
  };
  for (std::size_t i = 0; i < all->size(); ++i) {
    const Series& series = (*all)[i];
    const cv::Scalar colour = series_colour(i);
    for (std::size_t j = 0; j < series.points.size(); ++j) {
      const cv::Point2d here = place(series.points[j]);
      canvas.dot(here.x, here.y, colour);
      if (j == 0) continue;
      const cv::Point2d before = place(series.points[j - 1]);
      canvas.line(before.x, before.y, here.x, here.y, colour, 2);
    }
    const double row = kArea.y + 10 + 22 * static_cast<double>(i);
    canvas.dot(kArea.br().x + 24, row - 4, colour);
    canvas.text(series.name, kArea.br().x + 36, row, Align::left);
  }
  return canvas.write(png);
}

}  // namespace weir::bench
