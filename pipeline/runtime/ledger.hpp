// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <vector>

#include "pipeline/runtime/accuracy.hpp"
#include "pipeline/runtime/histogram.hpp"
#include "pipeline/runtime/input_port.hpp"
#include "pipeline/runtime/output_port.hpp"
#include "pipeline/runtime/run_state.hpp"

namespace weir {

/// Reads the tokens of the answer port and counts how every frame ended (design section 3). It keeps nothing else: each
/// frame comes by exactly once, as a packet or as a gap. Beside them it notes which frames had an early answer in time,
/// which stands where the answer is late or a gap. (In a replay every early answer is taken to have been in time.)
/// Thread-safe.
class Ledger final : public TokenReceiver {
 public:
  static constexpr std::size_t kAnswers = 0, kProvisional = 1;  ///< what comes by which input

  explicit Ledger(RunState& run);

  /// A source let a frame in; `packet` is empty when the frame was a gap from the start.
  void frame_in(const Stamp& stamp, const Packet& packet);

  void accept(std::size_t input, const Token& token) noexcept override;
  void on_room() noexcept override {}

  /// Learns from each answer how long its path took.
  void add_path(PathTime& path) { paths_.push_back(&path); }

  /// Fills the counts, the latency and, where wanted, the accuracy.
  void fill(RunReport& report, bool with_accuracy) const;

  /// Whether every stream has let in at least one frame.
  bool all_started() const;

 private:
  static constexpr std::size_t kRemembered = 256;  // frames; far more than are in flight
  struct Stream {
    mutable std::mutex mutex;
    std::uint64_t in = 0;
    std::uint64_t outcomes[5] = {};
    std::vector<std::uint64_t> dropped;              // by Reason::id
    std::array<std::uint64_t, kRemembered> early{};  // frame + 1 that had an early answer, by frame modulo kRemembered
  };
  void count_drop(Stream& stream, Reason reason, std::uint64_t frames);
  void count_gap(Stream& stream, const Token& token);
  void note_early(Stream& stream, const Token& token);
  static bool has_early(const Stream& stream, std::uint64_t frame);
  void count_answer(Stream& stream, const Token& token);
  static FrameCounts counts_of(const Stream& stream);

  RunState& run_;
  std::vector<Stream> streams_;
  std::vector<PathTime*> paths_;
  Histogram latency_;
  AccuracyLog accuracy_;
};

}  // namespace weir
