// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "kernels/control/throughput.hpp"

namespace weir {

/// A rung and its place in the ladder.
struct NumberedRung {
  std::int32_t index = -1;
  Rung rung;
};

/// `spinn` after SPINN (Laskaridis et al., MobiCom 2020): split and threshold of an early exit are chosen together,
/// from expected latency at the moving average of the throughput. Hard limits are the deadline and the frame rate; of
/// what fits, the most accurate within a tolerance, of these the one with least latency. Where nothing fits the
/// device's answer stands; then the least latency is tried again once a second, for the link may be back.
class SpinnPolicy final : public Policy {
 public:
  SpinnPolicy(std::vector<NumberedRung> rungs, Duration round_trip);

  std::string_view name() const override { return "spinn"; }
  Decision decide(const Situation& situation) override;
  void learn(const Transfer& transfer) override { throughput_.learn(transfer); }

 private:
  std::vector<NumberedRung> rungs_;
  Throughput throughput_;
  TimePoint last_sent_ = TimePoint::min();
};

/// `neurosurgeon` after Neurosurgeon (Kang et al., ASPLOS 2017): the split with the least expected latency among
/// those that the device can keep up with, as floats; there is always one, in time or not.
class NeurosurgeonPolicy final : public Policy {
 public:
  NeurosurgeonPolicy(std::vector<NumberedRung> rungs, Duration round_trip);

  std::string_view name() const override { return "neurosurgeon"; }
  Decision decide(const Situation& situation) override;
  void learn(const Transfer& transfer) override { throughput_.learn(transfer); }

 private:
  std::vector<NumberedRung> rungs_;
  Throughput throughput_;
};

/// `remote-jpeg` and `remote-h264`: frames as pictures, in the best quality whose rate is below 0.8 of the throughput
/// and that is expected in time; the least quality where there is none.
class RemotePicturePolicy final : public Policy {
 public:
  /// `name` is a literal.
  RemotePicturePolicy(std::string_view name, std::vector<NumberedRung> rungs, Duration round_trip);

  std::string_view name() const override { return name_; }
  Decision decide(const Situation& situation) override;
  void learn(const Transfer& transfer) override { throughput_.learn(transfer); }

 private:
  std::string_view name_;
  std::vector<NumberedRung> rungs_;  // from few bytes to many
  Throughput throughput_;
};

/// `clio` after CLIO (Huang et al., MobiCom 2020): ordered slices of features, and the cloud answers by the deadline
/// from those that are whole by then. How many are offered goes by the throughput over tens of seconds.
class ClioPolicy final : public Policy {
 public:
  /// Rungs with the same bits, each a prefix of the next.
  ClioPolicy(std::vector<NumberedRung> rungs, Duration round_trip);

  std::string_view name() const override { return "clio"; }
  Decision decide(const Situation& situation) override;
  void learn(const Transfer& transfer) override;

 private:
  std::vector<NumberedRung> rungs_;
  Duration round_trip_;
  double bits_per_second_ = 1e6;  // over the long term
  TimePoint last_{};
};

}  // namespace weir
