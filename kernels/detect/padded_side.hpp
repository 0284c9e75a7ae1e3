// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

namespace weir {

/// Side of the network input that an image side of `pixels` is padded to when images keep their scale: the next
/// multiple of 32 up to 256 pixels, of 64 up to 512, of 128 beyond, and at most `most`, a multiple of 32. Few enough
/// sizes for a compiled network each, and on average 8 % of padding per side above 128 pixels.
constexpr int padded_side(int pixels, int most) {
  constexpr int kFine = 32, kFineEnd = 256, kMiddleEnd = 512;
  const int step = pixels <= kFineEnd ? kFine : pixels <= kMiddleEnd ? 2 * kFine : 4 * kFine;
  return std::clamp((pixels + step - 1) / step * step, kFine, most);
}

}  // namespace weir
