// SPDX-License-Identifier: Apache-2.0
#include "transport/dispatch/estimates.hpp"

#include <algorithm>

namespace weir {
namespace {

constexpr Duration kShort = std::chrono::milliseconds(1);  // below it, everything counts as equally fast
constexpr Duration kStale = std::chrono::milliseconds(200);

}  // namespace

void ServiceEstimate::learn(Duration sample, TimePoint now) {
  sample = std::max(sample, Duration{});
  if (count_ > 0 || mean_ > Duration{}) sample = std::min(sample, 8 * std::max(mean_, kShort));
  if (count_ == 0) {
    mean_ = sample;
  } else if (sample < mean_ && now - learned_ >= kStale) {
    mean_ = (mean_ + sample) / 2;
  } else {
    move_mean(sample);
  }
  window_[count_ % kWindow] = sample;
  ++count_;
  if (count_ >= 2 * kWindow) count_ -= kWindow;  // stays "full" without ever running over
  learned_ = std::max(learned_, now);

  std::array<Duration, kWindow> sorted = window_;
  const auto filled = static_cast<std::ptrdiff_t>(std::min(count_, kWindow));
  const auto rank = (filled * 99 + 99) / 100 - 1;
  std::nth_element(sorted.begin(), sorted.begin() + rank, sorted.begin() + filled);
  tail_ = sorted[static_cast<std::size_t>(rank)];
}

void ServiceEstimate::learn_at_least(Duration elapsed, TimePoint now) {
  if (elapsed <= mean_) return;
  if (count_ > 0) {
    learn(elapsed, now);
  } else {
    move_mean(elapsed);
  }
}

void ServiceEstimate::move_mean(Duration sample) {
  mean_ += (std::min(sample, 4 * std::max(mean_, kShort)) - mean_) / 8;
}

void RoundTrip::learn(Duration sample) {
  window_[count_ % kWindow] = std::max(sample, Duration{});
  ++count_;
  if (count_ >= 2 * kWindow) count_ -= kWindow;
  std::array<Duration, kWindow> sorted = window_;
  const std::uint32_t filled = std::min(count_, kWindow);
  std::sort(sorted.begin(), sorted.begin() + filled);
  typical_ = sorted[(filled - 1) / 2];
  slow_ = std::min(sorted[filled - 1], 4 * typical_ + std::chrono::milliseconds(5));
}

void LinkRate::learn(std::size_t bytes, Duration took) {
  if (bytes < kLeastBytes) return;
  auto time = static_cast<double>(std::max(took, Duration{}).count());
  const auto size = static_cast<double>(bytes);
  if (bytes_ == 0) {
    nanoseconds_ = time;
    bytes_ = size;
    return;
  }
  const double expected = size * nanoseconds_ / bytes_;
  time = std::min(time, 4 * expected + static_cast<double>(kShort.count()));
  nanoseconds_ += (time - nanoseconds_) / 4;
  bytes_ += (size - bytes_) / 4;
}

Duration LinkRate::transfer(std::size_t bytes) const {
  if (bytes_ == 0) return {};
  return Duration(static_cast<Duration::rep>(static_cast<double>(bytes) * nanoseconds_ / bytes_));
}

std::size_t LinkRate::bytes_in(Duration time) const {
  if (nanoseconds_ <= 0 || time <= Duration{}) return 0;
  return static_cast<std::size_t>(static_cast<double>(time.count()) * bytes_ / nanoseconds_);
}

}  // namespace weir
