// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace weir::luma {

/// Four times the luma of each pixel, (blue + 2 green + red), added to `sums`: at most 1020 each.
void add_bgr(const std::uint8_t* pixels, std::size_t count, std::uint16_t* sums);

/// Likewise for grey pixels.
void add_gray(const std::uint8_t* pixels, std::size_t count, std::uint16_t* sums);

}  // namespace weir::luma
