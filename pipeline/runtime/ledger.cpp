// SPDX-License-Identifier: Apache-2.0
#include "pipeline/runtime/ledger.hpp"

#include <algorithm>

namespace weir {

Ledger::Ledger(RunState& run)
    : run_(run), streams_(run.spec.streams.size()), accuracy_(run.spec.streams.size(), run.spec.accuracy_frames) {}

void Ledger::frame_in(const Stamp& stamp, const Packet& packet) {
  {
    Stream& stream = streams_[stamp.stream];
    const std::lock_guard lock(stream.mutex);
    ++stream.in;
  }
  if (packet) accuracy_.note_truth(packet, stamp);
}

void Ledger::accept(std::size_t input, const Token& token) noexcept {
  Stream& stream = streams_[token.stream];
  if (input == kProvisional) return note_early(stream, token);
  if (token.kind == Token::Kind::gap) {
    count_gap(stream, token);
  } else if (token.kind == Token::Kind::packet) {
    count_answer(stream, token);
  }
}

void Ledger::count_answer(Stream& stream, const Token& token) {
  const Stamp& stamp = token.packet.stamp();
  const TimePoint now = run_.clock->now();
  for (PathTime* path : paths_) path->answered(token.stream, token.first, now);
  latency_.add(now - (run_.options.realtime ? stamp.capture : stamp.entered));
  const bool late = run_.replaying() ? run_.recording->late(token.stream, token.first) : now > stamp.deadline;
  if (late && run_.recorded()) run_.recording->note_late(token.stream, token.first);
  accuracy_.note_answer(token.packet, now);

  const std::lock_guard lock(stream.mutex);
  const Outcome outcome = token.packet.quality().outcome;
  if (!late) {
    ++stream.outcomes[static_cast<std::size_t>(outcome)];
  } else if (has_early(stream, token.first)) {
    ++stream.outcomes[static_cast<std::size_t>(Outcome::local)];
  } else {
    count_drop(stream, Reasons::late, 1);
  }
}

void Ledger::count_gap(Stream& stream, const Token& token) {
  const std::lock_guard lock(stream.mutex);
  std::uint64_t early = 0;
  // Of a longer gap only the last frames can be remembered.
  const std::uint64_t first = std::max(token.first, token.last - std::min<std::uint64_t>(token.last, kRemembered - 1));
  for (std::uint64_t frame = first; frame <= token.last; ++frame) early += has_early(stream, frame) ? 1 : 0;
  stream.outcomes[static_cast<std::size_t>(Outcome::local)] += early;
  count_drop(stream, token.reason, token.last - token.first + 1 - early);
}

void Ledger::note_early(Stream& stream, const Token& token) {
  if (token.kind != Token::Kind::packet) return;
  if (!run_.replaying() && run_.clock->now() > token.packet.stamp().deadline) return;
  const std::lock_guard lock(stream.mutex);
  stream.early[token.first % kRemembered] = token.first + 1;
}

bool Ledger::has_early(const Stream& stream, std::uint64_t frame) {
  return stream.early[frame % kRemembered] == frame + 1;
}

void Ledger::count_drop(Stream& stream, Reason reason, std::uint64_t frames) {
  if (reason.id() >= stream.dropped.size()) stream.dropped.resize(reason.id() + std::size_t{1});
  stream.dropped[reason.id()] += frames;
}

FrameCounts Ledger::counts_of(const Stream& stream) {
  const std::lock_guard lock(stream.mutex);
  FrameCounts counts;
  counts.in = stream.in;
  counts.full = stream.outcomes[static_cast<std::size_t>(Outcome::full)];
  counts.partial = stream.outcomes[static_cast<std::size_t>(Outcome::partial)];
  counts.local = stream.outcomes[static_cast<std::size_t>(Outcome::local)];
  counts.predicted = stream.outcomes[static_cast<std::size_t>(Outcome::predicted)];
  for (std::size_t id = 0; id < stream.dropped.size(); ++id) {
    if (stream.dropped[id] > 0) {
      counts.dropped[std::string(Reason::from_id(static_cast<std::uint16_t>(id)).text())] = stream.dropped[id];
    }
  }
  return counts;
}

void Ledger::fill(RunReport& report, bool with_accuracy) const {
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    const FrameCounts counts = counts_of(streams_[i]);
    report.streams[run_.spec.streams[i].name] = counts;
    report.frames.in += counts.in;
    report.frames.full += counts.full;
    report.frames.partial += counts.partial;
    report.frames.local += counts.local;
    report.frames.predicted += counts.predicted;
    for (const auto& [reason, frames] : counts.dropped) report.frames.dropped[reason] += frames;
  }
  report.latency_ms = latency_.quantiles();
  if (with_accuracy && run_.spec.accuracy_frames > 0) report.accuracy = accuracy_.evaluate(run_.options.realtime);
}

bool Ledger::all_started() const {
  return std::all_of(streams_.begin(), streams_.end(), [](const Stream& stream) {
    const std::lock_guard lock(stream.mutex);
    return stream.in > 0;
  });
}

}  // namespace weir
