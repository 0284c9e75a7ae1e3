// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/base/time.hpp"
#include "kernels/control/ladder.hpp"

namespace weir {

/// How the transfer of one frame ended.
struct Transfer {
  std::uint64_t frame = 0;
  std::int32_t rung = -1;
  double bytes = 0;     ///< that were sent; 0 with `lost`: nothing left the device
  TimePoint sent{};     ///< handed to the link
  TimePoint acked{};    ///< the answer came back, or the transfer was given up
  Duration service{};   ///< the worker had it, its queue included
  bool lost = false;    ///< no answer came and none will: it was not sent, or a connection was lost
  bool undone = false;  ///< a worker got it and told so, but did not do it; `service` is 0 then
};

/// A transfer whose answer is still missing.
struct UnderWay {
  std::uint64_t frame = 0;
  double bytes = 0;
  TimePoint sent{};
};

/// What is known when a frame is to be decided on.
struct Situation {
  std::uint64_t frame = 0;
  TimePoint now{}, captured{};
  Duration deadline{};                  ///< from capture to answer
  Duration period{};                    ///< between frames
  std::span<const UnderWay> under_way;  ///< in the order of sending
  std::span<const double> bytes;        ///< expected for this frame, one per rung; empty: the ladder's means
};

struct Decision {
  std::int32_t rung = -1;    ///< index into the ladder; -1: nothing is sent, the local answer stands if there is one
  bool probe = false;        ///< sent to learn of the link, with no hope to be in time
  bool progressive = false;  ///< the cloud answers by the deadline from the whole slices that it has by then
  Duration forecast{};       ///< from capture to answer, in the middle of what is believed; 0 with rung -1
  double on_time = 0;        ///< believed probability that the answer is in time
  bool held = false;         ///< nothing is sent, so that the frames that are sent are evenly spaced
  int fps_divisor = 1;       ///< advice: only every so manieth frame can be served in time with what the link has
  double scale = 1;          ///< advice: both sides of the frame times this would let the smallest rung fit
};

/// Chooses the rung of each frame. Uses no clock and, after the first frames, no memory from the heap.
/// Thread-compatible; one object per stream.
class Policy {
 public:
  virtual ~Policy();

  virtual std::string_view name() const = 0;

  /// Called once per frame, in order.
  virtual Decision decide(const Situation& situation) = 0;

  /// Called once per transfer that ended, in time or not, in the order in which they ended.
  virtual void learn(const Transfer& transfer) = 0;
};

struct PolicyOptions {
  int horizon = 5;           ///< frames that `mpc` looks ahead, 1 to 16
  double risk = 0.1;         ///< share of sent frames that `mpc` lets be late, 0 to 0.5
  bool even = false;         ///< `mpc` sends every n-th frame where the link does not bear the smallest rung for each
  std::string fixed_rung{};  ///< of `fixed`, by name; empty: the middle one of those that no other dominates
  std::uint64_t seed = 1;    ///< of policies that draw lots; none of the present ones does
  Duration round_trip{};     ///< of the link without load, as measured by other means; 0: not known
};

/// The policies that make_policy() makes.
std::vector<std::string_view> policy_names();

/// Makes a policy by its name. An unknown name, a ladder that is not valid or lacks what the policy chooses from, and
/// options out of range are Code::invalid.
Result<std::unique_ptr<Policy>> make_policy(std::string_view name, const Ladder& ladder, const PolicyOptions& options);

}  // namespace weir
