// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <map>

#include "bench/plot/canvas.hpp"
#include "bench/plot/plots.hpp"

namespace weir::bench {
namespace {

constexpr int kWidth = 900, kPanel = 250, kTop = 52;
constexpr double kLeft = 70, kRight = 870;
const cv::Scalar kInk(40, 40, 40), kPale(205, 205, 205);

struct Bar {
  std::string policy;
  double accuracy = 0, low = 0, high = 0, with_local = 0, on_time = 0;
};

/// Bars by pace, in the order of the lines.
std::map<std::string, std::vector<Bar>> read_bars(const Lines& lines) {
  const std::string prefix = "accuracy_";
  std::map<std::string, std::vector<Bar>> bars;
  for (const auto& line : lines) {
    if (!line.contains("metric") || !line.contains("value") || !line.contains("also")) continue;
    const auto metric = line.at("metric").get<std::string>();
    const std::size_t end = metric.rfind('_');
    if (!metric.starts_with(prefix) || end <= prefix.size()) continue;
    Bar bar;
    bar.policy = metric.substr(prefix.size(), end - prefix.size());
    std::ranges::replace(bar.policy, '_', '-');
    bar.accuracy = line.at("value");
    bar.low = line.at("spread").at(0);
    bar.high = line.at("spread").at(1);
    bar.with_local = line.at("also").at("with_local");
    bar.on_time = line.at("also").at("on_time");
    bars[metric.substr(end + 1)].push_back(bar);
  }
  return bars;
}

void draw_panel(Canvas& canvas, const std::string& pace, const std::vector<Bar>& bars, double top) {
  const cv::Rect2d area(kLeft, top + 24, kRight - kLeft, kPanel - 80);
  Axis y;
  y.ticks = round_ticks(0, 1, false);
  canvas.text(pace, kLeft, top + 12, Align::left, 0.5);
  canvas.axes(area, {}, y);
  const double bottom = area.y + area.height, step = area.width / static_cast<double>(bars.size());
  const auto at = [&](double value) { return bottom - value * area.height; };
  for (std::size_t i = 0; i < bars.size(); ++i) {
    const Bar& bar = bars[i];
    const double middle = area.x + (static_cast<double>(i) + 0.5) * step, half = 0.28 * step;
    canvas.box(middle - half, at(bar.with_local), middle + half, bottom, kPale);
    canvas.box(middle - half, at(bar.accuracy), middle + half, bottom,
               series_colour(bar.policy.starts_with("mpc") ? 1 : 0));
    canvas.line(middle, at(bar.low), middle, at(bar.high), kInk, 1.3);
    canvas.line(middle - 1.25 * half, at(bar.on_time), middle + 1.25 * half, at(bar.on_time), kInk, 2);
    char value[16];
    std::snprintf(value, sizeof value, "%.3f", bar.accuracy);
    canvas.text(value, middle, bottom + 16, Align::centre, 0.38);
    canvas.text(bar.policy, middle, bottom + 32, Align::centre, 0.38);
  }
}

}  // namespace

Status plot_policies(const Lines& lines, const std::string& png) {
  const auto panels = read_bars(lines);
  if (panels.empty()) return {Code::invalid, "no line has a metric accuracy_POLICY_PACE; run scripts/bench control"};
  Canvas canvas(kWidth, kTop + kPanel * static_cast<int>(panels.size()));
  canvas.text("Effective accuracy by policy over recorded links", kLeft - 40, 22, Align::left, 0.55);
  canvas.text("bar: without a local answer, with its 95 % interval; pale: with one of 0.6; black mark: share in time",
              kLeft - 40, 42, Align::left, 0.4, true);
  double top = kTop;
  for (const auto& [pace, bars] : panels) {
    draw_panel(canvas, pace, bars, top);
    top += kPanel;
  }
  return canvas.write(png);
}

}  // namespace weir::bench
