// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <vector>

#include "kernels/base/random.hpp"
#include "train/common/data/augment_options.hpp"

namespace weir::train {

/// Changes the light, colour, sharpness, noise and compression of a crop and leaves its geometry. Thread-compatible.
class LightChanger {
 public:
  LightChanger(const AugmentOptions& options, std::uint64_t seed);

  /// Changes `image` (8-bit BGR, of the options' size) by the options' chances.
  void change(const AugmentOptions& options, Random& random, cv::Mat& image);

 private:
  void light(Random& random, cv::Mat& image);
  void colour(const AugmentOptions& options, Random& random, cv::Mat& image);
  void blur(Random& random, cv::Mat& image);
  void noise(Random& random, cv::Mat& image);
  void compress(Random& random, cv::Mat& image);

  cv::Mat noise_, field_, scratch_;
  std::vector<unsigned char> jpeg_;
};

}  // namespace weir::train
