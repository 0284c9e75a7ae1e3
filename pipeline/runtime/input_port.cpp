// SPDX-License-Identifier: Apache-2.0
#include "pipeline/runtime/input_port.hpp"

namespace weir {

namespace {

// A feedback edge never limits its producer; what it can hold is bounded by the frames in flight.
constexpr int kFeedbackCapacity = 4096;

// Without a deadline or a live source there is nothing to be newest of: the run must not depend on timing.
FeedbackKind effective_kind(const RunState& run, const EdgeSpec& edge) {
  if (edge.feedback != FeedbackKind::newest || run.options.realtime || run.replaying()) return edge.feedback;
  return FeedbackKind::lag;
}

}  // namespace

void PathTime::left(StreamId stream, std::uint64_t frame, TimePoint when) {
  const std::lock_guard lock(mutex_);
  entries_[(frame + stream * 17) % kEntries] = {stream, frame, when};
}

void PathTime::answered(StreamId stream, std::uint64_t frame, TimePoint when) {
  const std::lock_guard lock(mutex_);
  const Entry& entry = entries_[(frame + stream * 17) % kEntries];
  if (entry.stream != stream || entry.frame != frame) return;
  const std::int64_t sample = (when - entry.when).count();
  const std::int64_t old = expected_ns_.load(std::memory_order_relaxed);
  expected_ns_.store(old == 0 ? sample : old + (sample - old) / 8, std::memory_order_relaxed);
}

void PathTime::refused() {
  const std::int64_t old = expected_ns_.load(std::memory_order_relaxed);
  expected_ns_.store(old - old / 16, std::memory_order_relaxed);
}

StreamInput::StreamInput(RunState& run, const EdgeSpec& edge, std::size_t edge_index, StreamId stream,
                         TokenReceiver& producer, PathTime* path)
    : run_(run),
      producer_(producer),
      path_(path),
      edge_(edge_index),
      stream_(stream),
      kind_(effective_kind(run, edge)),
      lag_(edge.feedback == FeedbackKind::lag ? edge.lag : 1),
      queue_(edge.feedback == FeedbackKind::none ? edge.capacity : kFeedbackCapacity,
             edge.feedback != FeedbackKind::none ? EdgePolicy::drop_oldest
             : run.replaying()                   ? EdgePolicy::wait
                                                 : edge.policy,
             run.recording && edge.feedback == FeedbackKind::none ? this : nullptr) {}

void StreamInput::accept(const Token& token) {
  if (kind_ == FeedbackKind::newest && !run_.replaying()) {
    if (token.kind != Token::Kind::packet) return;
    Packet previous = token.packet;
    const std::lock_guard lock(newest_mutex_);
    std::swap(newest_, previous);
    return;
  }
  queue_.push(token);
}

std::optional<std::uint64_t> StreamInput::source_frame(std::uint64_t frame) const {
  if (kind_ == FeedbackKind::newest) return run_.recording->feedback(edge_, stream_, frame);
  if (frame < static_cast<std::uint64_t>(lag_)) return std::nullopt;
  return frame - static_cast<std::uint64_t>(lag_);
}

std::optional<Token::Kind> StreamInput::look(std::uint64_t frame) {
  if (kind_ == FeedbackKind::none) {
    const auto kind = queue_.peek(frame);
    if (kind != Token::Kind::packet || !path_ || run_.replaying()) return kind;
    const Stamp stamp = queue_.head_stamp();
    if (stamp.deadline == kNever || stamp.deadline - run_.clock->now() >= path_->expected()) return kind;
    bool freed = false;  // this policy hands out no credits
    queue_.drop_head(Reasons::late, freed);
    path_->refused();
    return Token::Kind::gap;
  }
  if (kind_ == FeedbackKind::newest && !run_.replaying()) return Token::Kind::packet;
  const auto wanted = source_frame(frame);
  if (!wanted || wanted == repeated_frame_) return Token::Kind::packet;
  return queue_.peek(*wanted);
}

Token StreamInput::take(std::uint64_t frame, bool& freed) {
  if (kind_ != FeedbackKind::none) return take_feedback(frame);
  Token token = queue_.take(frame, freed);
  if (path_ && token.kind == Token::Kind::packet) path_->left(stream_, frame, run_.clock->now());
  return token;
}

Token StreamInput::take_feedback(std::uint64_t frame) {
  const Token nothing = Token::gap(stream_, frame, frame, Reasons::before_start);
  if (kind_ == FeedbackKind::newest && !run_.replaying()) {
    Packet packet;
    {
      const std::lock_guard lock(newest_mutex_);
      packet = newest_;
    }
    if (run_.recorded()) {
      run_.recording->note_feedback(edge_, stream_, frame,
                                    packet ? FeedbackDecision(packet.stamp().frame) : FeedbackDecision{});
    }
    return packet ? Token::of(std::move(packet), stream_, frame) : nothing;
  }
  const auto wanted = source_frame(frame);
  if (!wanted) return nothing;
  if (wanted != repeated_frame_) {
    bool freed = false;
    Token token = queue_.take(*wanted, freed);
    repeated_frame_ = wanted;
    repeated_ = token.kind == Token::Kind::packet ? std::move(token.packet) : Packet{};
  }
  return repeated_ ? Token::of(repeated_, stream_, frame) : nothing;
}

void StreamInput::on_drop(StreamId stream, std::uint64_t frame, Reason reason) {
  if (run_.recorded()) run_.recording->note_drop(edge_, stream, frame, reason);
}

Reason StreamInput::forced_drop(StreamId stream, std::uint64_t frame) {
  return run_.replaying() ? run_.recording->drop(edge_, stream, frame) : Reasons::none;
}

}  // namespace weir
