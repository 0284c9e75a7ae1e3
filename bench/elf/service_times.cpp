// SPDX-License-Identifier: Apache-2.0
#include "bench/elf/service_times.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "kernels/detect/padded_side.hpp"
#include "pipeline/harness.hpp"
#include "stages/register.hpp"

namespace weir::bench {
namespace {

constexpr int kGrid = 32;        // parts keep their place on the frame's grid of so many pixels
constexpr int kMostSide = 1920;  // the detector's default
constexpr int kRuns = 9;

Result<double> fastest_ms(const Registry& registry, const std::string& model, int width, int height) {
  StageHarness harness(registry, "infer.detector",
                       {{"model", model}, {"size", std::to_string(width) + "x" + std::to_string(height)}});
  if (Status status = harness.open(); !status) return fail(status.error());
  double least = 1e9;
  for (int run = 0; run < kRuns; ++run) {
    Frame image;
    const MutableImageView pixels = image.allocate(width, height, PixelFormat::bgr8);
    for (int y = 0; y < height; ++y) std::memset(pixels.row(y), 90, static_cast<std::size_t>(width) * 3);
    harness.feed("frame", std::move(image));
    const auto begin = std::chrono::steady_clock::now();
    if (Status status = harness.run(); !status) return fail(status.error());
    least =
        std::min(least, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
  }
  return least;
}

}  // namespace

Result<ServiceTimes> ServiceTimes::measure(const std::string& model) {
  Registry registry;
  if (Status status = register_builtin_stages(registry); !status) return fail(status.error());
  static constexpr std::array<std::pair<int, int>, 5> kSizes{
      {{128, 128}, {256, 192}, {448, 256}, {768, 320}, {1280, 384}}};
  ServiceTimes times;
  for (std::size_t i = 0; i < kSizes.size(); ++i) {
    const auto [width, height] = kSizes[i];
    const auto ms = fastest_ms(registry, model, width, height);
    if (!ms) return fail(ms.error());
    times.points_[i] = {static_cast<double>(width) * height, *ms};
  }
  return times;
}

double ServiceTimes::ms(const Frame& image) const {
  const double pixels = static_cast<double>(padded_side(image.origin_x % kGrid + image.image.width, kMostSide)) *
                        padded_side(image.origin_y % kGrid + image.image.height, kMostSide);
  std::size_t upper = 1;
  while (upper + 1 < points_.size() && points_[upper].pixels < pixels) ++upper;
  const Point &from = points_[upper - 1], &to = points_[upper];
  return std::max(0.1, from.ms + (to.ms - from.ms) * (pixels - from.pixels) / (to.pixels - from.pixels));
}

}  // namespace weir::bench
