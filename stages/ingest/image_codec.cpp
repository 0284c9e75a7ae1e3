// SPDX-License-Identifier: Apache-2.0
// A module of its own, loaded by image_decoder.cpp when the first image file is read.
#include <cstdint>
#include <opencv2/imgcodecs.hpp>
#include <vector>

/// Decodes a PNG, JPEG or BMP file as BGR into `pixels`, using its allocator; leaves it empty when that fails.
extern "C" void weir_decode_image(const std::vector<std::uint8_t>& bytes, cv::Mat& pixels) {
  cv::imdecode(bytes, cv::IMREAD_COLOR, &pixels);
}
