// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

namespace weir::bench {

inline constexpr std::size_t kHops = 16;  ///< empty stages in a chain

/// What the stages of a chain note down: when each frame came by. All memory is there before the run begins. Each cell
/// is written by one stage and read after the run.
class HopProbe {
 public:
  /// At most `in_flight` frames are between the source and the last stage; 1: one goes through before the next is made.
  HopProbe(std::uint64_t frames, std::uint64_t in_flight)
      : frames_(frames), in_flight_(in_flight), fill_at_(frames / 4), times_(frames * kHops), pixels_(frames) {}

  std::uint64_t frames() const { return frames_; }

  /// Source: blocks until the frame may be made.
  void await_turn(std::uint64_t frame) {
    for (std::uint64_t done = passed_.load(); done + in_flight_ <= frame; done = passed_.load()) passed_.wait(done);
  }

  /// Source: where the pixels of a frame are.
  void made(std::uint64_t frame, const void* pixels) {
    pixels_[frame] = pixels;
    made_.store(frame + 1);
  }

  /// Stage `hop` has been called for a frame.
  void arrived(std::size_t hop, std::uint64_t frame) {
    times_[frame * kHops + hop] = std::chrono::steady_clock::now().time_since_epoch().count();
    if (hop + 1 < kHops) return;
    if (frame == fill_at_ && made_.load() > 0) fill();
    passed_.fetch_add(1);  // a count: plain nodes let one frame overtake another
    passed_.notify_one();
  }
  void saw_pixels(std::uint64_t frame, const void* pixels) {
    if (pixels != pixels_[frame]) moved_.fetch_add(1, std::memory_order_relaxed);
  }

  /// Stages that saw pixels at another address than the source.
  std::uint64_t moved() const { return moved_.load(); }

  /// Nanoseconds from each stage to the next, of the frames from `first` on.
  std::vector<double> hop_times(std::uint64_t first) const {
    std::vector<double> result;
    result.reserve((frames_ - first) * (kHops - 1));
    for (std::uint64_t frame = first; frame < frames_; ++frame) {
      const std::int64_t* at = &times_[frame * kHops];
      for (std::size_t hop = 1; hop < kHops; ++hop) result.push_back(static_cast<double>(at[hop] - at[hop - 1]));
    }
    return result;
  }

 private:
  /// Holds the last stage until as many frames are under way as ever can be, so that everything that is recycled
  /// exists before the heap is counted. Gives up after a while: with one core, nothing else may be able to run.
  void fill() {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::milliseconds(500);
    while (made_.load() < std::min(frames_, fill_at_ + in_flight_) && std::chrono::steady_clock::now() < give_up) {
      std::this_thread::yield();
    }
  }

  const std::uint64_t frames_;
  const std::uint64_t in_flight_;
  const std::uint64_t fill_at_;
  std::vector<std::int64_t> times_;  // frame by frame
  std::vector<const void*> pixels_;
  std::atomic<std::uint64_t> made_{0};
  std::atomic<std::uint64_t> passed_{0};
  std::atomic<std::uint64_t> moved_{0};
};

}  // namespace weir::bench
