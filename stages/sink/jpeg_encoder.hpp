// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/image/image_view.hpp"

namespace weir {

/// Makes JPEG files of images, in memory that is used again. Thread-compatible.
class JpegEncoder {
 public:
  /// The file of an image at this quality (1 to 100); it stands until the next call. Code::invalid for an image that
  /// JPEG cannot hold (empty, or a side above 65535 pixels), Code::unavailable when the codecs are not installed.
  Result<std::span<const std::uint8_t>> encode(const ImageView& image, int quality);

 private:
  std::vector<std::uint8_t> file_;
  std::string why_;
};

}  // namespace weir
