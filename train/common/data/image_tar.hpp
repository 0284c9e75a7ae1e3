// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "kernels/base/status.hpp"
#include "train/common/data/example.hpp"

namespace weir::train {

/// Images of one size, each of one class.
struct ImageSet {
  std::vector<std::uint8_t> pixels;  ///< images x height x width x 3, blue, green, red
  std::vector<int> labels;           ///< of each image, an index into classes
  int width = 0, height = 0;
  std::vector<std::string> classes;  ///< by name

  std::size_t size() const { return labels.size(); }
  std::size_t image_bytes() const { return static_cast<std::size_t>(width) * height * 3; }
  const std::uint8_t* image(std::size_t i) const { return pixels.data() + i * image_bytes(); }
};

/// Reads a ustar file of PNG or JPEG images named PART/CLASS/FILE; the folder right above a file is its class.
///
/// The first image sets the size. An image that does not decode or has another size is left out and reported. Files of
/// more than 4 MiB and archives of more than a million images or 4 GiB of pixels are refused. Errors: not_found,
/// corrupt (a header whose sum is wrong, a file that ends early, no image at all), unsupported (over a limit).
Result<ImageSet> read_image_tar(const std::filesystem::path& file, ReadReport& report);

}  // namespace weir::train
