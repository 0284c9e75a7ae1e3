// SPDX-License-Identifier: Apache-2.0
#include "stages/infer/views.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

namespace weir {

namespace {

constexpr int kMaxExtent = 16384;

bool parse_number(std::string_view text, int& value) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc{} && result.ptr == text.data() + text.size() && value > 0 && value <= kMaxExtent;
}

// Start of tile i of n tiles of `side` pixels spread evenly over `extent`.
int tile_start(int i, int n, int side, int extent) {
  return n == 1 ? 0 : static_cast<int>(std::lround(static_cast<double>(i) * (extent - side) / (n - 1)));
}

int tile_side(int n, double overlap, int extent) {
  const double side = extent / (n - (n - 1) * overlap);
  return std::clamp(static_cast<int>(std::ceil(side)), 1, extent);
}

// The interval [low, high] widened to at least `least` and moved inside [0, extent].
std::pair<int, int> fit_interval(double low, double high, int least, int extent) {
  const double wanted = std::min<double>(std::max<double>(high - low, least), extent);
  const double middle = 0.5 * (low + high);
  const double start = std::clamp(middle - 0.5 * wanted, 0.0, extent - wanted);
  const int first = static_cast<int>(std::floor(start));
  return {first, std::min(extent, static_cast<int>(std::ceil(start + wanted))) - first};
}

}  // namespace

Result<std::pair<int, int>> parse_extent(std::string_view text, std::string_view key) {
  const std::size_t cross = text.find('x');
  int width = 0;
  int height = 0;
  const bool good = cross != std::string_view::npos && parse_number(text.substr(0, cross), width) &&
                    parse_number(text.substr(cross + 1), height);
  if (good) return std::pair{width, height};
  return fail(Code::invalid, std::string(key) + " is \"" + std::string(text) +
                                 "\"; give two numbers from 1 to 16384 with an x between, such as 640x192");
}

std::string extent_text(int width, int height) { return std::to_string(width) + "x" + std::to_string(height); }

void append_tiles(const TileGrid& grid, int frame_width, int frame_height, std::vector<View>& views) {
  const int width = tile_side(grid.columns, grid.overlap, frame_width);
  const int height = tile_side(grid.rows, grid.overlap, frame_height);
  for (int row = 0; row < grid.rows; ++row) {
    for (int column = 0; column < grid.columns; ++column) {
      views.push_back({tile_start(column, grid.columns, width, frame_width),
                       tile_start(row, grid.rows, height, frame_height), width, height});
    }
  }
}

void append_regions(const Regions& regions, double margin, int min_side, int frame_width, int frame_height,
                    std::vector<View>& views) {
  for (const Region& region : regions.items) {
    const Box& box = region.box;
    const bool finite =
        std::isfinite(box.left) && std::isfinite(box.top) && std::isfinite(box.right) && std::isfinite(box.bottom);
    if (!finite || box.width() <= 0 || box.height() <= 0) continue;
    if (clip(box, static_cast<float>(frame_width), static_cast<float>(frame_height)).area() <= 0) continue;
    const double grow = margin * static_cast<double>(std::max(box.width(), box.height()));
    const auto [x, width] = fit_interval(box.left - grow, box.right + grow, min_side, frame_width);
    const auto [y, height] = fit_interval(box.top - grow, box.bottom + grow, min_side, frame_height);
    views.push_back({x, y, width, height});
  }
}

}  // namespace weir
