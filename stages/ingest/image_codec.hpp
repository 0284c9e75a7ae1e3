// SPDX-License-Identifier: Apache-2.0
// Between the module with the codecs and those who use it (image_decoder.cpp, stages/coding,
// stages/sink/jpeg_encoder.cpp). OpenCV's bring over a hundred libraries with them; only a run that reads or writes
// pictures loads them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

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

/// Decodes a PNG, JPEG, WebP or BMP file as BGR into `memory`. False when that fails; `why` then holds the reason if
/// there is one.
using DecodeImage = bool(std::span<const std::uint8_t> bytes, PixelMemory& memory, std::string& why);

/// Encodes an image as JPEG or WebP of this quality (1 to 100) in place of what `out` held. False when that fails, as
/// above.
using EncodeImage = bool(const ImageView& image, int quality, std::vector<std::uint8_t>& out, std::string& why);

}  // namespace weir

extern "C" weir::DecodeImage weir_decode_image;
extern "C" weir::EncodeImage weir_encode_jpeg;
extern "C" weir::EncodeImage weir_encode_webp;
