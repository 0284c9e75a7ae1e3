// SPDX-License-Identifier: Apache-2.0
#include "train/classify/whitening.hpp"

#include <algorithm>
#include <opencv2/core.hpp>
#include <vector>

namespace weir::train {
namespace {

constexpr int kSide = 3;
constexpr int kParts = 3 * kSide * kSide;
constexpr std::size_t kImages = 2000;

/// The patch at (x, y) in the order of a convolution's weights: channel, row, column.
void read_patch(const ImageSet& set, const std::uint8_t* image, int x, int y, double* patch) {
  for (int c = 0; c < 3; ++c) {
    for (int dy = 0; dy < kSide; ++dy) {
      for (int dx = 0; dx < kSide; ++dx) {
        *patch++ = image[3 * (static_cast<std::ptrdiff_t>(y + dy) * set.width + x + dx) + c] / 255.0;
      }
    }
  }
}

/// Patches at every other place of images spread over the set: their covariance.
cv::Mat patch_covariance(const ImageSet& set) {
  std::vector<double> patches;
  const std::size_t step = std::max<std::size_t>(set.size() / kImages, 1);
  for (std::size_t i = 0; i < set.size(); i += step) {
    for (int y = 0; y + kSide <= set.height; y += 2) {
      for (int x = 0; x + kSide <= set.width; x += 2) {
        patches.resize(patches.size() + kParts);
        read_patch(set, set.image(i), x, y, &patches[patches.size() - kParts]);
      }
    }
  }
  const cv::Mat rows(static_cast<int>(patches.size() / kParts), kParts, CV_64F, patches.data());
  cv::Mat covariance, mean;
  cv::calcCovarMatrix(rows, covariance, mean, cv::COVAR_NORMAL | cv::COVAR_ROWS | cv::COVAR_SCALE, CV_64F);
  return covariance;
}

}  // namespace

torch::Tensor whitening_filters(const ImageSet& set, int filters) {
  cv::Mat values, directions;  // one direction in each row, the greatest variance first
  cv::eigen(patch_covariance(set), values, directions);
  torch::Tensor weights = torch::empty({filters, 3, kSide, kSide});
  for (int f = 0; f < filters; ++f) {
    const torch::Tensor direction = torch::from_blob(directions.ptr(f / 2 % kParts), {3, kSide, kSide}, torch::kDouble);
    weights[f].copy_(f % 2 == 0 ? direction : -direction);
  }
  return weights;
}

}  // namespace weir::train
