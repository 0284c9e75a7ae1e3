// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "kernels/base/status.hpp"
#include "pipeline/payloads.hpp"

namespace weir {

/// A rectangle of whole pixels inside a frame.
struct View {
  int x = 0, y = 0, width = 0, height = 0;
};

/// A grid of overlapping tiles over a frame.
struct TileGrid {
  int columns = 1;
  int rows = 1;
  double overlap = 0;  ///< of neighbouring tiles, as a share of a tile's side, 0 to 0.9
};

/// "640x192" as two positive numbers; Code::invalid names the text and the form wanted.
Result<std::pair<int, int>> parse_extent(std::string_view text, std::string_view key);

/// The same the other way round.
std::string extent_text(int width, int height);

/// Appends the tiles of the grid, row by row; together they cover the frame.
void append_tiles(const TileGrid& grid, int frame_width, int frame_height, std::vector<View>& views);

/// Appends one view per region: its box with a margin (a share of its larger side) on each side, at least `min_side`
/// pixels a side, inside the frame. Regions that are empty, not finite or wholly outside are left out.
void append_regions(const Regions& regions, double margin, int min_side, int frame_width, int frame_height,
                    std::vector<View>& views);

}  // namespace weir
