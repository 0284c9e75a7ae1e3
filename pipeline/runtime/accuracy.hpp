// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "kernels/eval/streaming_ap.hpp"
#include "pipeline/payloads.hpp"
#include "pipeline/report.hpp"

namespace weir {

/// Collects the truth of the frames that enter and the boxes of their answers, for the report's accuracy. Holds at most
/// `frames` frames of each stream. Thread-safe.
class AccuracyLog {
 public:
  AccuracyLog(std::size_t streams, int frames) : streams_(streams), limit_(static_cast<std::uint64_t>(frames)) {}

  void note_truth(const Packet& packet, const Stamp& stamp);
  void note_answer(const Packet& packet, TimePoint published);

  /// Scores what was collected; nothing where no frame had truth. Takes a while on long runs. Streaming accuracy is
  /// only there when frames came in real time: otherwise capture times say nothing.
  std::optional<AccuracyReport> evaluate(bool realtime) const;

 private:
  struct Stream {
    TimedStream timed;
    bool tracks = false;
  };

  mutable std::mutex mutex_;
  std::vector<Stream> streams_;
  const std::uint64_t limit_;
};

}  // namespace weir
