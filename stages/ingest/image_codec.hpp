// SPDX-License-Identifier: Apache-2.0
// Between image_decoder.cpp and the module with the codecs. OpenCV's bring over a hundred libraries with them; only a
// run that reads image files loads them.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "kernels/image/image_view.hpp"

namespace weir {

/// Where decoded pixels go.
class PixelMemory {
 public:
  /// Room for a BGR image; what was given before is void.
  virtual MutableImageView allocate(int width, int height) = 0;

 protected:
  ~PixelMemory() = default;
};

/// Decodes a PNG, JPEG or BMP file as BGR into `memory`. False when that fails; `why` then holds the reason if there is
/// one.
using DecodeImage = bool(std::span<const std::uint8_t> bytes, PixelMemory& memory, std::string& why);

}  // namespace weir

extern "C" weir::DecodeImage weir_decode_image;
