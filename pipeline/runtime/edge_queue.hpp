// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "pipeline/graph_spec.hpp"
#include "pipeline/runtime/token.hpp"

namespace weir {

/// What a queue's decisions depend on besides its own state, and who hears of them.
class QueueObserver {
 public:
  virtual ~QueueObserver() = default;

  /// A packet became a gap by this queue's policy.
  virtual void on_drop(StreamId stream, std::uint64_t frame, Reason reason) = 0;

  /// A reason this packet must become a gap for whatever the policy says (a replayed decision), or none.
  virtual Reason forced_drop(StreamId stream, std::uint64_t frame) = 0;
};

/// The tokens of one stream waiting at one input: packets up to a capacity, gaps for free, all in frame order (runtime
/// semantics, section 3). One producer pushes, one consumer looks and takes. Thread-safe.
class EdgeQueue {
 public:
  EdgeQueue(int capacity, EdgePolicy policy, QueueObserver* observer);

  // Producer side. Under `wait` a packet needs a credit first; other policies make room by dropping.
  bool needs_credit() const { return policy_ == EdgePolicy::wait; }
  bool reserve();          ///< takes one credit; false when full, and then the consumer's next take reports `starved`
  void unreserve();        ///< gives back a credit that no packet used
  void push(Token token);  ///< a packet under `wait` uses a reserved credit

  // Consumer side.
  /// Kind of the token for `frame`, or nothing when it has not come yet.
  std::optional<Token::Kind> peek(std::uint64_t frame);
  /// Last frame covered by the gap at the head, for a head that peek() called a gap.
  std::uint64_t gap_end();
  /// Removes the token for `frame` (a longer gap keeps its rest); `freed` becomes true when a starved producer waits.
  Token take(std::uint64_t frame, bool& freed);
  /// Turns the packet at the head into a gap.
  void drop_head(Reason reason, bool& freed);
  /// Stamp of the packet at the head.
  Stamp head_stamp();

  std::uint64_t max_depth() const { return max_depth_.load(std::memory_order_relaxed); }
  std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  Token& slot(std::size_t i) { return ring_[(head_ + i) & (ring_.size() - 1)]; }
  void append(Token token);
  void pop();
  void append_gap(std::uint64_t first, std::uint64_t last, StreamId stream, Reason reason);
  void drop_oldest_packet(Packet& victim);
  bool release_credit();
  void note_drop(StreamId stream, std::uint64_t frame, Reason reason);

  const int capacity_;
  const EdgePolicy policy_;
  QueueObserver* const observer_;

  std::mutex mutex_;
  std::vector<Token> ring_;  // a power of two; grows only when gaps of many reasons pile up
  std::size_t head_ = 0;
  std::size_t size_ = 0;
  int packets_ = 0;

  std::atomic<int> credits_used_{0};
  std::atomic<bool> starved_{false};
  std::atomic<std::uint64_t> max_depth_{0};
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace weir
