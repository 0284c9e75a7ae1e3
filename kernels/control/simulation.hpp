// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "kernels/control/capacity.hpp"
#include "kernels/control/policy.hpp"

namespace weir {

/// Where and how frames are answered in a simulation.
struct SimulationOptions {
  Duration period = std::chrono::milliseconds(100);
  Duration deadline = std::chrono::milliseconds(200);   ///< from capture to answer
  Duration round_trip = std::chrono::milliseconds(40);  ///< of the link without load
  std::uint64_t frames = 0;                             ///< 0: as many as one round of the link's capacity lasts
  std::size_t queue = 64;  ///< frames that may be under way; what a policy sends beyond that is not sent
  double byte_spread = 0;  ///< sizes vary from frame to frame by so much (deviation of their logarithm)
  std::uint64_t seed = 1;
};

/// How a frame ended.
enum class FrameEnd : std::uint8_t {
  chosen,  ///< the rung that the policy chose answered in time
  local,   ///< the device's own weaker answer stands
  none,    ///< no answer in time
};

std::string_view to_string(FrameEnd end);

/// What became of one frame. Each frame has exactly one record.
struct FrameRecord {
  std::uint64_t frame = 0;
  TimePoint captured{};
  Decision decision;
  double bytes = 0;             ///< that the link had passed for it at the end
  TimePoint answered = kNever;  ///< when the chosen rung's answer came, in time or not
  FrameEnd end = FrameEnd::none;
  double accuracy = 0;  ///< of the answer that stood at the deadline; 0 without one
};

struct SimulationTotals {
  std::uint64_t frames = 0;
  double on_time = 0;             ///< share of frames that the chosen rung answered in time
  double effective_accuracy = 0;  ///< accuracy of the answers at the deadline over all frames, none counting 0
  double answered = 0;            ///< share of frames with an answer at the deadline
  double late = 0;                ///< share of frames that were sent and not answered in time
  double bytes = 0;               ///< mean per frame
};

SimulationTotals summarise(std::span<const FrameRecord> records);

/// From a time at which a link came back to the first answer in time by a chosen rung; Duration::max() where none came.
Duration recovery_after(TimePoint back, std::span<const FrameRecord> records);

/// Runs a policy over a link in virtual time, one camera, frames in order.
///
/// A frame is decided on when it is captured or when the device is done with the ones before it, whichever is later;
/// the device then works for the rung's time. The link passes one frame after the other, in order and without loss.
/// Half a round trip, the cloud's time and another half bring the answer. The
/// local answer is made beside all this. Progressive frames leave the link when what is left of them can no longer
/// help; their prefixes are the rungs of the same kind and bits. A frame that the device gets to after its deadline is
/// not decided on. The same arguments give the same records. Appends to `records`, one per frame; allocates nothing
/// else in steady state. Thread-compatible.
class Simulation {
 public:
  /// The ladder must be valid and outlive the object, as must the capacity.
  Simulation(const Capacity& capacity, const Ladder& ladder, const SimulationOptions& options);

  /// From the start: the device idle and the link empty at time 0, when the first frame is captured.
  void run(Policy& policy, std::vector<FrameRecord>& records);

  /// The same with a policy that knows the capacity to come, for the frame at hand alone: each frame gets the most
  /// accurate rung that will be in time, the one with fewest bytes of these, or none.
  void run_oracle(std::vector<FrameRecord>& records);

 private:
  void start();
  void run_all(Policy* policy, std::vector<FrameRecord>& records);
  void deliver(Policy* policy, TimePoint now);
  Decision best_in_time(TimePoint captured, TimePoint now);
  void execute(FrameRecord& record, TimePoint now);
  void send(FrameRecord& record, const Rung& rung, TimePoint ready);
  void send_slices(FrameRecord& record, const Rung& rung, TimePoint ready);
  void put_under_way(const FrameRecord& record, TimePoint ready, TimePoint acked, Duration service, bool lost);
  double size_factor(std::uint64_t frame) const;

  const Capacity& capacity_;
  const Ladder& ladder_;
  SimulationOptions options_;
  std::vector<std::vector<std::int32_t>> prefixes_;  ///< of each rung, in order of bytes, the rung itself last
  TimePoint device_free_{}, link_free_{};
  std::vector<Transfer> ends_;       ///< to come, in order of time, from first_end_ on
  std::vector<UnderWay> under_way_;  ///< in order of sending, from first_under_way_ on
  std::size_t first_end_ = 0, first_under_way_ = 0;
};

}  // namespace weir
