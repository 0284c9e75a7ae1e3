// SPDX-License-Identifier: Apache-2.0
#include "kernels/control/plain_policies.hpp"

namespace weir {

Decision FixedPolicy::decide(const Situation&) {
  Decision decision;
  decision.rung = rung_;
  return decision;
}

void FixedPolicy::learn(const Transfer&) {}

Decision LocalPolicy::decide(const Situation&) { return {}; }

void LocalPolicy::learn(const Transfer&) {}

}  // namespace weir
