// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "train/common/data/image_tar.hpp"

namespace weir::train {

/// Images as a JPEG of some quality leaves them, and what it takes.
struct JpegSet {
  ImageSet images;
  double file_bytes = 0;   ///< of an image, mean: the file with Huffman tables of its own
  double coded_bytes = 0;  ///< of an image, mean: with the standard tables, without these and the quantiser's
};

/// Codes each image at a quality of 1 to 100, colour at half the size, and decodes it.
Result<JpegSet> recode_jpeg(const ImageSet& set, int quality);

/// The bytes of a JPEG file without its DQT and DHT segments.
std::size_t without_tables(const std::vector<std::uint8_t>& file);

}  // namespace weir::train
