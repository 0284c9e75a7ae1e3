// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/control/policy.hpp"

namespace weir {

/// `fixed` and `smallest`: every frame by the same rung.
class FixedPolicy final : public Policy {
 public:
  FixedPolicy(std::string_view name, std::int32_t rung) : name_(name), rung_(rung) {}

  std::string_view name() const override { return name_; }
  Decision decide(const Situation& situation) override;
  void learn(const Transfer& transfer) override;

 private:
  std::string_view name_;  // a literal
  std::int32_t rung_;
};

/// `local`: nothing is ever sent.
class LocalPolicy final : public Policy {
 public:
  std::string_view name() const override { return "local"; }
  Decision decide(const Situation& situation) override;
  void learn(const Transfer& transfer) override;
};

}  // namespace weir
