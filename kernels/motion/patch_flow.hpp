// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "kernels/motion/luma.hpp"

namespace weir {

/// A move in pixels.
struct PixelShift {
  float x = 0, y = 0;
};

/// The whole-pixel move of the whole picture that makes the mean difference of what both show least, by trying all up
/// to an eighth of the width and a quarter of the height; no move where none is better. Both pictures have one size.
/// Meant for pictures below 100 pixels.
PixelShift coarse_shift(const LumaImage& before, const LumaImage& now);

/// How much texture the 8 x 8 patches of a picture have whose centres are at multiples of 4: the smaller eigenvalue of
/// their gradients' products (Shi and Tomasi, CVPR 1994) in grey levels squared per pixel. Keeps its memory.
/// Thread-compatible.
class TextureMap {
 public:
  static constexpr int kStep = 4;

  void compute(const LumaImage& image);

  int columns() const { return columns_; }
  int rows() const { return rows_; }
  /// Of the patch around (column * kStep, row * kStep); 0 at and beyond the border of the picture.
  float at(int column, int row) const;

 private:
  struct Products {
    float xx = 0, xy = 0, yy = 0;
  };

  int columns_ = 0, rows_ = 0;
  std::vector<Products> blocks_;  // of kStep x kStep pixels
};

/// Follows the 8 x 8 patch around (x, y) of `before` into `now`, from where it is guessed to be, to a fraction of a
/// pixel (Lucas and Kanade, IJCAI 1981; gradients of the patch are taken once, Baker and Matthews, IJCV 56, 2004).
/// Nothing where the patch has no texture, leaves the picture, does not settle or looks different there. Finds moves
/// of about four pixels from the guess. Both pictures have one size.
std::optional<PixelShift> follow_patch(const LumaImage& before, const LumaImage& now, int x, int y, PixelShift guess);

}  // namespace weir
