// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/base/status.hpp"
#include "pipeline/payloads.hpp"

namespace weir {

/// Reads image files into frames, straight into the frame's own memory. Thread-compatible.
class ImageDecoder {
 public:
  /// Loads the codecs, once per process; until then read() does. Code::unavailable when they are not installed.
  static Status load_codecs();

  /// Decodes a PNG, JPEG or BMP file as BGR. A file that is missing, cut short or not an image is an error, and `frame`
  /// then holds nothing of use.
  Status read(const std::string& file, Frame& frame);

  /// Asks the system to load a file that will be read soon; returns at once.
  static void prefetch(const std::string& file);

 private:
  Status load(const std::string& file);

  std::vector<std::uint8_t> bytes_;
};

}  // namespace weir
