// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <vector>

#include "kernels/control/belief.hpp"

namespace weir {

/// `mpc`: model-predictive control of the rung. docs/control.md tells the formulation.
///
/// Looks some frames ahead in each case of the belief: every choice for this frame, completed by the best constant
/// choice for the next ones. Of the choices that are in time with the wanted probability the one with the greatest
/// expected accuracy is taken; the probability follows from how often frames were late (adaptive conformal inference,
/// Gibbs and Candes, NeurIPS 2021). Sends the smallest rung when nothing was sent for a while, so that it always
/// learns of a link that is back.
class MpcPolicy final : public Policy {
 public:
  /// The ladder and the options must be valid.
  MpcPolicy(const Ladder& ladder, const PolicyOptions& options);

  std::string_view name() const override { return "mpc"; }
  Decision decide(const Situation& situation) override;
  void learn(const Transfer& transfer) override;

  /// Share of the belief's cases in which a frame may be late, as tuned by now.
  double risk() const { return risk_; }

 private:
  static constexpr std::size_t kMostRungs = 24;
  static constexpr std::size_t kCases = LinkBelief::kCases;

  using PerCase = std::array<double, kCases>;

  /// What one choice costs in the situation at hand; times in seconds.
  struct Choice {
    std::int32_t rung = -1;  // -1: nothing is sent
    bool sends = false;
    double device = 0, after = 0, accuracy = 0;
    PerCase sending{};
  };
  struct Outlook {
    double value = 0, on_time = 0;
  };
  /// From when on the device and the link are free, in seconds from now.
  struct States {
    PerCase device_free, link_free;
  };

  void lay_out(const Situation& situation);
  Outlook look_ahead(const Choice& first) const;
  double follow(const Choice& next, States states) const;
  void apply(const Choice& choice, double captured, States& states, PerCase& in_time) const;
  const Choice& choose(Decision& decision) const;
  int divisor() const;
  bool is_between(const Situation& situation) const;
  void advise(Decision& decision) const;
  void remember(const Situation& situation, const Decision& decision);

  struct Sent {
    std::uint64_t frame = 0;
    TimePoint due{};
    bool open = false;
  };

  std::vector<Rung> rungs_;           // efficient ones, from few bytes to many
  std::vector<std::int32_t> places_;  // of these in the ladder
  double local_accuracy_;
  int horizon_;
  double wanted_risk_, risk_;
  bool even_;
  LinkBelief belief_;
  std::vector<double> cloud_;  // seconds, of all rungs of the ladder
  double queue_ = 0;           // seconds that frames wait at the worker, lately
  std::array<Sent, 64> sent_{};
  std::size_t next_sent_ = 0;
  TimePoint last_sent_ = TimePoint::min();
  std::uint64_t last_frame_ = 0;  // that was sent

  // Of the situation at hand, set by lay_out().
  PerCase weights_{};
  States start_{};
  std::array<Choice, kMostRungs + 1> choices_;  // the first one sends nothing
  std::size_t choice_count_ = 1;
  double captured_ = 0, deadline_ = 0, period_ = 0;  // seconds, from now
};

}  // namespace weir
