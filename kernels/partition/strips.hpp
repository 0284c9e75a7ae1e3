// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "kernels/partition/pixel_rect.hpp"

namespace weir {

/// Equal horizontal bands of the whole frame, from the top; their heights differ by a pixel at most. Frames of fewer
/// rows than bands get a band for each row. `out` is overwritten and keeps its memory.
void cut_bands(std::size_t parts, int width, int height, std::vector<PixelRect>& out);

/// The strips of Elf as its public code of 2021 cuts them, for comparison: the rectangle round all boxes in equal
/// vertical strips, each box to the strip that it overlaps most horizontally, each strip shrunk to its boxes and
/// widened on each side by 6 % of its size or 10 % of the frame, whichever is more. A strip without boxes becomes a
/// corner of 3 pixels and is widened, too, as there. Boxes that are empty, not finite or outside the frame are left out
/// (there, none were); without any there are no strips (there, that was an error).
void cut_elf_strips(std::span<const Box> boxes, std::size_t parts, int width, int height, std::vector<PixelRect>& out);

}  // namespace weir
