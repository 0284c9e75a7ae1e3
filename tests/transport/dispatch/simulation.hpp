// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "kernels/base/random.hpp"
#include "kernels/base/time.hpp"

namespace weir {

/// Virtual time: events run in the order of their time, those of one time in the order in which they were made. The
/// same calls give the same run on every machine.
class EventQueue {
 public:
  TimePoint now() const { return now_; }
  void at(TimePoint when, std::function<void()> event);  ///< a time in the past counts as now
  void after(Duration delay, std::function<void()> event) { at(now_ + delay, std::move(event)); }
  void run_until(TimePoint end);  ///< all events up to and including this time
  std::uint64_t events() const { return made_; }

 private:
  struct Event {
    TimePoint when;
    std::uint64_t number;
    std::function<void()> run;
    bool operator<(const Event& other) const {  // a heap's top is its largest
      return when != other.when ? when > other.when : number > other.number;
    }
  };

  TimePoint now_{};
  std::uint64_t made_ = 0;
  std::vector<Event> heap_;
};

struct WayTraits {
  Duration delay{};
  Duration jitter{};            ///< added: uniform between 0 and this
  double bytes_per_second = 0;  ///< 0: any number
  std::size_t max_queued = std::size_t{16} << 20;
};

/// One direction of a simulated connection: a queue, a rate, a delay. What is sent arrives in order, or never.
class SimulatedWay {
 public:
  SimulatedWay(EventQueue& events, std::uint64_t seed, const WayTraits& traits)
      : events_(events), random_(seed), traits_(traits) {}

  /// Calls `deliver` when it arrives; false when the queue is full or the way is cut, and then nothing happens.
  bool send(std::size_t bytes, std::function<void()> deliver);

  void set_rate(double bytes_per_second) { traits_.bytes_per_second = bytes_per_second; }
  void stall();  ///< nothing arrives until resume(); then all of it, at the way's rate
  void resume();
  void cut();  ///< for good: what is on the way is lost
  bool is_cut() const { return cut_; }

 private:
  struct Message {
    std::uint64_t number;
    std::size_t bytes;
    std::function<void()> deliver;
  };
  void move(Message message);

  EventQueue& events_;
  Random random_;
  WayTraits traits_;
  TimePoint free_{}, last_arrival_{};
  std::size_t queued_ = 0;
  std::uint64_t sent_ = 0;
  bool stalled_ = false, cut_ = false;
  std::deque<Message> held_;  // while stalled
};

}  // namespace weir
