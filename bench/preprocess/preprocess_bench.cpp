// SPDX-License-Identifier: Apache-2.0
#include "bench/preprocess/preprocess_bench.hpp"

#include <chrono>
#include <functional>
#include <opencv2/imgproc.hpp>

#include "kernels/base/random.hpp"
#include "kernels/image/preprocess.hpp"

namespace weir::bench {
namespace {

constexpr int kImageWidth = 1242, kImageHeight = 375, kTensorWidth = 640, kTensorHeight = 192;

double time_us(int times, const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < times; ++i) work();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count() / times;
}

cv::Mat noise_image() {
  cv::Mat image(kImageHeight, kImageWidth, CV_8UC3);
  Random random(1);
  for (std::size_t i = 0; i < image.total() * 3; ++i) image.data[i] = static_cast<std::uint8_t>(random.below(256));
  return image;
}

}  // namespace

std::vector<PreprocessSample> measure_preprocess(int repetitions, int images) {
  cv::setNumThreads(1);
  const cv::Mat image = noise_image();
  const ImageView view{image.data, image.cols, image.rows, static_cast<std::ptrdiff_t>(image.step)};
  auto plan =
      PreprocessPlan::create({.width = kTensorWidth, .height = kTensorHeight, .rgb = true, .std = {255, 255, 255}});
  std::vector<float> tensor(plan->elements());
  const auto fused = [&] {
    if (!plan->run(view, tensor)) std::abort();
  };

  cv::Mat resized, rgb, floats;
  std::vector<float> planes(tensor.size());
  std::vector<cv::Mat> channels;
  for (std::size_t c = 0; c < 3; ++c) {
    channels.emplace_back(kTensorHeight, kTensorWidth, CV_32F, planes.data() + c * kTensorWidth * kTensorHeight);
  }
  const auto chain = [&] {
    cv::resize(image, resized, {kTensorWidth, kTensorHeight}, 0, 0, cv::INTER_LINEAR);
    cv::cvtColor(resized, rgb, cv::COLOR_BGR2RGB);
    rgb.convertTo(floats, CV_32F, 1.0 / 255);
    cv::split(floats, channels);
  };

  time_us(images, fused);
  time_us(images, chain);
  std::vector<PreprocessSample> samples;
  for (int i = 0; i < repetitions; ++i) samples.push_back({time_us(images, fused), time_us(images, chain)});
  return samples;
}

}  // namespace weir::bench
