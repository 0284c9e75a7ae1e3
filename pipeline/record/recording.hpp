// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "kernels/base/status.hpp"
#include "pipeline/packet.hpp"
#include "pipeline/reason.hpp"

namespace weir {

/// What a source did for one frame.
struct SourceDecision {
  TimePoint capture{};
  TimePoint deadline = kNever;
  Reason gap;  ///< none when a packet left
};

/// Which frame a `newest` feedback edge showed; nothing when it had none yet.
using FeedbackDecision = std::optional<std::uint64_t>;

/// Every decision of a run that depended on time: written while it runs, or read to repeat it (runtime semantics,
/// section 4; design section 8). A line of text each, so that two recordings can be compared. Thread-safe.
class Recording {
 public:
  /// A new recording in `folder`, which is made if needed.
  static Result<std::unique_ptr<Recording>> create(const std::string& folder);

  /// An existing one, to be repeated.
  static Result<std::unique_ptr<Recording>> open(const std::string& folder);

  bool replaying() const { return replaying_; }

  void note_source(StreamId stream, std::uint64_t frame, const SourceDecision& decision);
  void note_end(StreamId stream, std::uint64_t frames);
  void note_drop(std::size_t edge, StreamId stream, std::uint64_t frame, Reason reason);
  void note_feedback(std::size_t edge, StreamId stream, std::uint64_t frame, FeedbackDecision seen);
  void note_late(StreamId stream, std::uint64_t frame);
  void note_stopped(std::size_t stage, StreamId stream, std::uint64_t frame);

  std::optional<SourceDecision> source(StreamId stream, std::uint64_t frame) const;
  std::optional<std::uint64_t> end(StreamId stream) const;
  Reason drop(std::size_t edge, StreamId stream, std::uint64_t frame) const;
  FeedbackDecision feedback(std::size_t edge, StreamId stream, std::uint64_t frame) const;
  bool late(StreamId stream, std::uint64_t frame) const;
  bool stopped(std::size_t stage, StreamId stream, std::uint64_t frame) const;

  /// Writes what is still in memory; the first write error of the recording.
  Status close();

 private:
  using Key = std::tuple<std::size_t, StreamId, std::uint64_t>;

  void write(const std::string& line);
  bool read_line(const std::string& line);

  std::string path_;
  bool replaying_ = false;
  mutable std::mutex mutex_;
  std::ofstream out_;
  std::map<std::pair<StreamId, std::uint64_t>, SourceDecision> sources_;
  std::map<StreamId, std::uint64_t> ends_;
  std::map<Key, Reason> drops_;
  std::map<Key, FeedbackDecision> feedbacks_;
  std::map<Key, bool> marks_;  // late (stage = max) and stopped
};

}  // namespace weir
