// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "kernels/control/policy.hpp"
#include "pipeline/clock.hpp"

namespace weir {

/// A policy with a stop-watch on its decisions. Thread-compatible.
class TimedPolicy final : public Policy {
 public:
  /// Room for so many decisions is made at once; both references outlive the object.
  TimedPolicy(Policy& policy, const Clock& clock, std::size_t decisions);

  std::string_view name() const override { return policy_.name(); }
  Decision decide(const Situation& situation) override;
  void learn(const Transfer& transfer) override { policy_.learn(transfer); }

  /// Microseconds below which so large a share (0 to 1) of the decisions took; 0 without any. Reorders what it has.
  double microseconds(double share);

 private:
  Policy& policy_;
  const Clock& clock_;
  std::vector<double> took_;
};

}  // namespace weir
