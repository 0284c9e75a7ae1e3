// SPDX-License-Identifier: Apache-2.0
#include "kernels/partition/scene_change.hpp"

#include <cstdlib>
#include <numeric>

namespace weir {
namespace {

constexpr int kAcross = 4, kDown = 2;  // pixels that are looked at in a cell

}  // namespace

float SceneChange::run(const ImageView& image) {
  // Green stands for brightness.
  const int step = bytes_per_pixel(image.format), channel = step == 3 ? 1 : 0;
  constexpr int kSamplesX = kColumns * kAcross, kSamplesY = kRows * kDown;
  std::array<int, kSamplesX> columns{};
  for (int x = 0; x < kSamplesX; ++x)
    columns[static_cast<std::size_t>(x)] = image.width * x / kSamplesX * step + channel;
  now_.fill(0);
  for (int y = 0; y < kSamplesY; ++y) {
    const std::uint8_t* row = image.row(image.height * y / kSamplesY);
    for (int x = 0; x < kSamplesX; ++x) {
      std::int16_t& cell = now_[static_cast<std::size_t>(y / kDown * kColumns + x / kAcross)];
      cell = static_cast<std::int16_t>(cell + row[columns[static_cast<std::size_t>(x)]]);
    }
  }
  float change = 0;
  if (any_) {
    const int shift =
        (std::accumulate(now_.begin(), now_.end(), 0) - std::accumulate(before_.begin(), before_.end(), 0)) /
        static_cast<int>(now_.size());
    int sum = 0;
    for (std::size_t i = 0; i < now_.size(); ++i) sum += std::abs(now_[i] - before_[i] - shift);
    change = static_cast<float>(sum) / (255.F * kAcross * kDown * static_cast<float>(now_.size()));
  }
  before_ = now_;
  any_ = true;
  return change < 1 ? change : 1;
}

}  // namespace weir
