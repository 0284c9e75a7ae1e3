// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "pipeline/runtime/edge_queue.hpp"
#include "pipeline/runtime/run_state.hpp"

namespace weir {

class TokenReceiver;

/// Learns how long a packet takes from leaving a queue to its frame's answer, for the `deadline` policy. Thread-safe.
class PathTime {
 public:
  void left(StreamId stream, std::uint64_t frame, TimePoint when);
  void answered(StreamId stream, std::uint64_t frame, TimePoint when);

  /// The expected time; each refusal that rests on it makes it shorter, so that a path is tried again.
  Duration expected() const { return Duration(expected_ns_.load(std::memory_order_relaxed)); }
  void refused();

 private:
  struct Entry {
    StreamId stream = 0;
    std::uint64_t frame = ~std::uint64_t{0};
    TimePoint when{};
  };
  static constexpr std::size_t kEntries = 64;
  std::mutex mutex_;
  Entry entries_[kEntries];
  std::atomic<std::int64_t> expected_ns_{0};
};

/// One stream's tokens at one input of a stage, whatever kind of edge they come by. `look` and `take` belong to the
/// consumer; `accept` is called by the producer.
class StreamInput final : public QueueObserver {
 public:
  StreamInput(RunState& run, const EdgeSpec& edge, std::size_t edge_index, StreamId stream, TokenReceiver& producer,
              PathTime* path);

  bool feedback() const { return kind_ != FeedbackKind::none; }
  EdgeQueue& queue() { return queue_; }
  TokenReceiver& producer() { return producer_; }

  void accept(const Token& token);

  /// What is there for frame n: a packet, a gap, the end, or nothing yet. Under the `deadline` policy a packet that
  /// cannot make it has become a gap.
  std::optional<Token::Kind> look(std::uint64_t frame);

  /// Why the gap at the head is one.
  Token take(std::uint64_t frame, bool& freed);

  void on_drop(StreamId stream, std::uint64_t frame, Reason reason) override;
  Reason forced_drop(StreamId stream, std::uint64_t frame) override;

 private:
  std::optional<std::uint64_t> source_frame(std::uint64_t frame) const;
  Token take_feedback(std::uint64_t frame);
  void drop_if_late();

  RunState& run_;
  TokenReceiver& producer_;
  PathTime* const path_;  // null unless the policy is `deadline`
  const std::size_t edge_;
  const StreamId stream_;
  const FeedbackKind kind_;
  const int lag_;
  EdgeQueue queue_;

  std::mutex newest_mutex_;
  Packet newest_;    // kind newest: what came last
  Packet repeated_;  // replay of `newest`: what was taken last
  std::optional<std::uint64_t> repeated_frame_;
};

}  // namespace weir
