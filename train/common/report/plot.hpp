// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "kernels/base/status.hpp"
#include "train/common/loop/curves.hpp"

namespace weir::train {

/// One line of a chart.
struct PlotSeries {
  std::string name;
  std::vector<CurvePoint> points;  ///< in order of x; points that are no finite numbers leave a gap
};

/// A line chart. Each series has a colour of its own, up to eight.
struct Plot {
  std::string title;
  std::string x_label = "step";
  std::string y_label;
  std::vector<PlotSeries> series;
};

/// Draws charts side by side into one PNG of 640x400 pixels each. Code::invalid when there is no point to draw,
/// Code::io when the file cannot be written.
Status plot_curves(const std::filesystem::path& path, const std::vector<Plot>& plots);

/// About `count` round numbers (1, 2 or 5 times a power of ten apart) that span [low, high].
std::vector<double> axis_ticks(double low, double high, int count);

}  // namespace weir::train
