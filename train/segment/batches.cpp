// SPDX-License-Identifier: Apache-2.0
#include "train/segment/batches.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace weir::train {
namespace {

/// From a pixel of the crop to one of the image.
cv::Matx23d crop_to_image(const cv::Size& image, const SegmentAugment& augment, Random& random) {
  // Scales are drawn by their logarithm: half and twice the size are equally far from 1.
  const double scale = std::exp(random.uniform(std::log(augment.smallest), std::log(augment.largest)));
  const double width = augment.crop.width / scale, height = augment.crop.height / scale;
  const double left = random.uniform() * (image.width - width), top = random.uniform() * (image.height - height);
  const bool flip = random.below(2) == 1;
  const double step = flip ? -1 / scale : 1 / scale;
  return {step, 0, flip ? left + width - 1 : left, 0, 1 / scale, top};
}

void change_light(cv::Mat& image, double most, Random& random) {
  const double contrast = 1 + random.uniform(-most, most), brightness = 255 * random.uniform(-most, most) / 2;
  std::array<cv::Mat, 3> planes;
  cv::split(image, planes.data());
  for (cv::Mat& plane : planes) {
    plane.convertTo(plane, CV_8U, contrast * (1 + random.uniform(-most, most) / 2), brightness);
  }
  cv::merge(planes.data(), planes.size(), image);
}

}  // namespace

SegmentExample random_crop(const SegmentExample& example, const SegmentAugment& augment, Random& random) {
  const cv::Matx23d transform = crop_to_image(example.image.size(), augment, random);
  SegmentExample crop{example.name, {}, {}};
  cv::warpAffine(example.image, crop.image, transform, augment.crop, cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                 cv::BORDER_REFLECT_101);
  cv::warpAffine(example.mask, crop.mask, transform, augment.crop, cv::INTER_NEAREST | cv::WARP_INVERSE_MAP,
                 cv::BORDER_CONSTANT, kUnlabelledPixel);
  if (augment.light > 0) change_light(crop.image, augment.light, random);
  return crop;
}

SegmentBatch stack(std::span<const SegmentExample> examples) {
  const auto count = static_cast<std::int64_t>(examples.size());
  const std::int64_t height = examples[0].image.rows, width = examples[0].image.cols;
  torch::Tensor images = torch::empty({count, height, width, 3});
  torch::Tensor masks = torch::empty({count, height, width}, torch::kLong);
  for (std::int64_t i = 0; i < count; ++i) {
    const SegmentExample& example = examples[static_cast<std::size_t>(i)];
    cv::Mat image(example.image.size(), CV_32FC3, images[i].data_ptr());
    example.image.convertTo(image, CV_32F, 1.0 / 255);
    auto* label = masks[i].data_ptr<std::int64_t>();
    for (int y = 0; y < example.mask.rows; ++y) label = std::copy_n(example.mask.ptr(y), width, label);
  }
  return {images.permute({0, 3, 1, 2}), masks};
}

SegmentExample padded_to_multiple(const SegmentExample& example, int multiple) {
  const auto more = [multiple](int size) { return (multiple - size % multiple) % multiple; };
  const int below = more(example.image.rows), right = more(example.image.cols);
  SegmentExample padded{example.name, {}, {}};
  cv::copyMakeBorder(example.image, padded.image, 0, below, 0, right, cv::BORDER_REFLECT_101);
  cv::copyMakeBorder(example.mask, padded.mask, 0, below, 0, right, cv::BORDER_CONSTANT, kUnlabelledPixel);
  return padded;
}

std::vector<double> class_weights(std::span<const SegmentExample> examples, double strength) {
  std::array<double, kCamvidClasses> pixels{}, possible{};
  for (const SegmentExample& example : examples) {
    std::array<double, 256> count{};
    for (int y = 0; y < example.mask.rows; ++y) {
      for (const auto* at = example.mask.ptr(y); at != example.mask.ptr(y) + example.mask.cols; ++at) ++count[*at];
    }
    for (std::size_t c = 0; c < kCamvidClasses; ++c) {
      pixels[c] += count[c];
      if (count[c] > 0) possible[c] += static_cast<double>(example.mask.total());
    }
  }
  // How often a class is seen where it is present at all.
  std::vector<double> frequency, seen;
  for (std::size_t c = 0; c < kCamvidClasses; ++c) {
    frequency.push_back(possible[c] > 0 ? pixels[c] / possible[c] : 0);
    if (frequency.back() > 0) seen.push_back(frequency.back());
  }
  std::vector<double> weights(kCamvidClasses, 0);
  if (seen.empty()) return weights;
  std::nth_element(seen.begin(), seen.begin() + static_cast<std::ptrdiff_t>(seen.size() / 2), seen.end());
  const double median = seen[seen.size() / 2];
  for (std::size_t c = 0; c < weights.size(); ++c) {
    if (frequency[c] > 0) weights[c] = std::pow(median / frequency[c], strength);
  }
  return weights;
}

}  // namespace weir::train
