// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <opencv2/core/mat.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/base/status.hpp"
#include "train/common/data/example.hpp"

namespace weir::train {

/// Number of classes of CamVid's common split: sky, building, pole, road, pavement, tree, sign, fence, car, pedestrian,
/// bicyclist.
inline constexpr int kCamvidClasses = 11;

/// The mask value of a pixel that nobody labelled.
inline constexpr unsigned char kUnlabelledPixel = 255;

/// One image and the class of each of its pixels.
struct SegmentExample {
  std::string name;
  cv::Mat image;  ///< 8-bit BGR
  cv::Mat mask;   ///< one byte per pixel: 0 to 10, or kUnlabelledPixel
};

/// Reads the images of a part ("train", "val") of CamVid (Brostow et al., ECCV 2008) as unlabelled examples of a
/// detector. Errors: not_found.
Result<std::vector<Example>> read_camvid(const std::filesystem::path& root, std::string_view part, ReadReport& report);

/// Reads a part with its masks (`root`/PARTannot). An image whose mask is missing, does not decode or has another size
/// is left out and reported; values above 10 become kUnlabelledPixel. Errors: not_found.
Result<std::vector<SegmentExample>> read_camvid_masks(const std::filesystem::path& root, std::string_view part,
                                                      ReadReport& report);

}  // namespace weir::train
