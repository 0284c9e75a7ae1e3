// SPDX-License-Identifier: Apache-2.0
#include "train/common/data/augment_light.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

namespace weir::train {
namespace {

constexpr int kNoiseSlack = 64;         // pixels by which the stored noise is larger than a crop, to shift it about
constexpr double kNoiseDeviation = 32;  // of the stored noise
constexpr double kNoiseMiddle = 128;

cv::Matx33d saturation(double amount) {
  const cv::Matx13d luma(0.114, 0.587, 0.299);  // BT.601, blue first
  const cv::Matx33d gray(luma(0), luma(1), luma(2), luma(0), luma(1), luma(2), luma(0), luma(1), luma(2));
  return cv::Matx33d::eye() * amount + gray * (1 - amount);
}

/// A turn of the colours about the axis of grey.
cv::Matx33d hue(double radians) {
  const double c = std::cos(radians), s = std::sin(radians) / std::numbers::sqrt3, k = (1 - c) / 3;
  return {c + k, k - s, k + s, k + s, c + k, k - s, k - s, k + s, c + k};
}

}  // namespace

LightChanger::LightChanger(const AugmentOptions& options, std::uint64_t seed)
    : noise_(options.height + kNoiseSlack, options.width + kNoiseSlack, CV_8UC3) {
  Random random(derive_seed(seed, "noise"));
  for (int y = 0; y < noise_.rows; ++y) {
    unsigned char* row = noise_.ptr(y);
    for (int i = 0; i < noise_.cols * 3; ++i) {
      row[i] = cv::saturate_cast<unsigned char>(kNoiseMiddle + kNoiseDeviation * random.normal());
    }
  }
}

void LightChanger::change(const AugmentOptions& options, Random& random, cv::Mat& image) {
  if (random.uniform() < options.illumination) light(random, image);
  colour(options, random, image);
  if (random.uniform() < options.blur) blur(random, image);
  if (random.uniform() < options.noise) noise(random, image);
  if (random.uniform() < options.jpeg) compress(random, image);
}

void LightChanger::light(Random& random, cv::Mat& image) {
  constexpr double kUnit = 128;  // the field's value that changes nothing
  const double strength = random.uniform(0.2, 0.6);
  cv::Mat coarse(4, 6, CV_8UC3);
  for (int y = 0; y < coarse.rows; ++y) {
    for (int x = 0; x < coarse.cols; ++x) {
      const double level = kUnit * std::exp(strength * random.uniform(-1, 1));
      for (int c = 0; c < 3; ++c) {
        coarse.ptr(y)[3 * x + c] = cv::saturate_cast<unsigned char>(level * random.uniform(0.95, 1.05));
      }
    }
  }
  cv::resize(coarse, field_, image.size(), 0, 0, cv::INTER_CUBIC);
  cv::multiply(image, field_, image, 1 / kUnit);
}

void LightChanger::colour(const AugmentOptions& options, Random& random, cv::Mat& image) {
  const bool changed = random.uniform() < options.colour, gray = random.uniform() < options.gray;
  if (!changed && !gray) return;
  cv::Matx33d mix = cv::Matx33d::eye();
  double offset = 0;
  if (changed) {
    const double gamma = std::exp(random.uniform(-0.4, 0.4)), contrast = random.uniform(0.65, 1.35);
    const double brightness = random.uniform(-28, 28), turn = random.uniform(-0.2, 0.2);
    std::array<unsigned char, 256> curve{};
    for (std::size_t i = 0; i < curve.size(); ++i) {
      curve[i] = cv::saturate_cast<unsigned char>(255 * std::pow(static_cast<double>(i) / 255, gamma));
    }
    cv::LUT(image, cv::Mat(1, 256, CV_8UC1, curve.data()), image);
    cv::Vec3d gains;
    for (int c = 0; c < 3; ++c) gains[c] = contrast * random.uniform(0.92, 1.08);
    mix = cv::Matx33d::diag(gains) * hue(turn) * saturation(random.uniform(0.5, 1.5));
    offset = brightness + 128 * (1 - contrast);
  }
  if (gray) mix = saturation(0) * mix;
  cv::Matx34f all;
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) all(i, j) = static_cast<float>(mix(i, j));
    all(i, 3) = static_cast<float>(offset);
  }
  cv::transform(image, image, all);
}

void LightChanger::blur(Random& random, cv::Mat& image) {
  if (random.uniform() < 0.5) {
    const int length = 3 + 2 * static_cast<int>(random.below(2));  // a shake of the camera to the side
    cv::blur(image, scratch_, cv::Size(length, 1));
  } else {
    const double deviation = random.uniform(0.4, 1.4);
    cv::GaussianBlur(image, scratch_, deviation < 0.8 ? cv::Size(3, 3) : cv::Size(5, 5), deviation);
  }
  std::swap(scratch_, image);
}

void LightChanger::noise(Random& random, cv::Mat& image) {
  const int x = static_cast<int>(random.below(kNoiseSlack)), y = static_cast<int>(random.below(kNoiseSlack));
  const double share = random.uniform(2, 12) / kNoiseDeviation;
  cv::addWeighted(image, 1, noise_(cv::Rect(cv::Point(x, y), image.size())), share, -share * kNoiseMiddle, image);
}

void LightChanger::compress(Random& random, cv::Mat& image) {
  const int quality = 35 + static_cast<int>(random.below(61));
  if (!cv::imencode(".jpg", image, jpeg_, {cv::IMWRITE_JPEG_QUALITY, quality})) return;
  cv::imdecode(jpeg_, cv::IMREAD_COLOR, &image);
}

}  // namespace weir::train
