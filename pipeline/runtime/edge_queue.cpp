// SPDX-License-Identifier: Apache-2.0
#include "pipeline/runtime/edge_queue.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace weir {

namespace {
// Gaps are free, but not without bound: beyond this many entries a gap takes over its predecessor's reason.
constexpr std::size_t kMaxEntries = 4096;
constexpr int kLargestFirstRing = 64;
}  // namespace

EdgeQueue::EdgeQueue(int capacity, EdgePolicy policy, QueueObserver* observer)
    : capacity_(capacity),
      policy_(policy),
      observer_(observer),
      ring_(std::bit_ceil(static_cast<std::size_t>(2 * std::min(capacity, kLargestFirstRing) + 2))) {}

bool EdgeQueue::reserve() {
  for (;;) {
    int used = credits_used_.load();
    while (used < capacity_) {
      if (credits_used_.compare_exchange_weak(used, used + 1)) return true;
    }
    // Say that a credit is wanted, then look again: a take between the two would otherwise go unnoticed.
    starved_.store(true);
    if (credits_used_.load() >= capacity_) return false;
    starved_.store(false);
  }
}

void EdgeQueue::unreserve() { credits_used_.fetch_sub(1); }

bool EdgeQueue::release_credit() {
  if (policy_ != EdgePolicy::wait) return false;
  credits_used_.fetch_sub(1);
  return starved_.exchange(false);
}

void EdgeQueue::push(Token token) {
  Packet victim;  // released after the lock: a packet's end may be long
  const std::lock_guard lock(mutex_);
  if (token.kind == Token::Kind::gap) {
    append_gap(token.first, token.last, token.stream, token.reason);
    return;
  }
  if (token.kind == Token::Kind::packet) {
    Reason forced = observer_ ? observer_->forced_drop(token.stream, token.first) : Reasons::none;
    const bool full = packets_ >= capacity_;
    if (forced == Reasons::none && full && policy_ == EdgePolicy::drop_newest) forced = Reasons::queue_full;
    if (forced != Reasons::none) {
      if (policy_ == EdgePolicy::wait) credits_used_.fetch_sub(1);
      note_drop(token.stream, token.first, forced);
      append_gap(token.first, token.first, token.stream, forced);
      victim = std::move(token.packet);
      return;
    }
    if (full && policy_ != EdgePolicy::wait) drop_oldest_packet(victim);
    ++packets_;
    const auto depth = static_cast<std::uint64_t>(packets_);
    if (depth > max_depth_.load(std::memory_order_relaxed)) max_depth_.store(depth, std::memory_order_relaxed);
  }
  append(std::move(token));
}

void EdgeQueue::append(Token token) {
  if (size_ == ring_.size()) {
    std::vector<Token> larger(2 * ring_.size());
    for (std::size_t i = 0; i < size_; ++i) larger[i] = std::move(slot(i));
    ring_ = std::move(larger);
    head_ = 0;
  }
  slot(size_++) = std::move(token);
}

void EdgeQueue::pop() {
  slot(0) = {};
  head_ = (head_ + 1) & (ring_.size() - 1);
  --size_;
}

void EdgeQueue::append_gap(std::uint64_t first, std::uint64_t last, StreamId stream, Reason reason) {
  if (size_ > 0) {
    Token& tail = slot(size_ - 1);
    const bool joins = tail.kind == Token::Kind::gap && tail.last + 1 == first;
    if (joins && (tail.reason == reason || size_ >= kMaxEntries)) {
      tail.last = last;
      return;
    }
  }
  append(Token::gap(stream, first, last, reason));
}

void EdgeQueue::drop_oldest_packet(Packet& victim) {
  for (std::size_t i = 0; i < size_; ++i) {
    Token& token = slot(i);
    if (token.kind != Token::Kind::packet) continue;
    victim = std::move(token.packet);
    --packets_;
    note_drop(token.stream, token.first, Reasons::queue_full);
    if (i > 0 && slot(i - 1).kind == Token::Kind::gap && slot(i - 1).reason == Reasons::queue_full) {
      slot(i - 1).last = token.last;
      for (std::size_t j = i; j > 0; --j) slot(j) = std::move(slot(j - 1));
      pop();
    } else {
      token = Token::gap(token.stream, token.first, token.first, Reasons::queue_full);
    }
    return;
  }
}

void EdgeQueue::note_drop(StreamId stream, std::uint64_t frame, Reason reason) {
  dropped_.fetch_add(1, std::memory_order_relaxed);
  if (observer_) observer_->on_drop(stream, frame, reason);
}

std::optional<Token::Kind> EdgeQueue::peek(std::uint64_t frame) {
  const std::lock_guard lock(mutex_);
  // Only a lagging feedback edge holds tokens nobody asked for: its stage was not called for those frames.
  while (size_ > 0 && slot(0).kind != Token::Kind::end && slot(0).last < frame) {
    if (slot(0).kind == Token::Kind::packet) --packets_;
    pop();
  }
  if (size_ == 0 || (slot(0).kind != Token::Kind::end && slot(0).first > frame)) return std::nullopt;
  return slot(0).kind;
}

std::uint64_t EdgeQueue::gap_end() {
  const std::lock_guard lock(mutex_);
  return slot(0).last;
}

Stamp EdgeQueue::head_stamp() {
  const std::lock_guard lock(mutex_);
  return slot(0).packet.stamp();
}

Token EdgeQueue::take(std::uint64_t frame, bool& freed) {
  const std::lock_guard lock(mutex_);
  Token& head = slot(0);
  if (head.kind == Token::Kind::gap) {
    const Token one = Token::gap(head.stream, frame, frame, head.reason);
    if (head.last > frame) {
      head.first = frame + 1;
      return one;
    }
  }
  Token token = std::move(head);
  pop();
  if (token.kind == Token::Kind::packet) {
    --packets_;
    freed = release_credit() || freed;
  }
  return token;
}

void EdgeQueue::drop_head(Reason reason, bool& freed) {
  Packet victim;
  const std::lock_guard lock(mutex_);
  Token& head = slot(0);
  victim = std::move(head.packet);
  head = Token::gap(head.stream, head.first, head.first, reason);
  --packets_;
  freed = release_credit() || freed;
  note_drop(head.stream, head.first, reason);
}

}  // namespace weir
