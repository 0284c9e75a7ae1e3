// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "train/common/loop/named_tensors.hpp"

namespace weir::train {

/// The decay used for update number `updates` (from 0): min(decay, (1 + updates) / (10 + updates)), so that the random
/// start is forgotten quickly.
double ema_decay(double decay, std::int64_t updates);

/// An exponential moving average of a net's parameters and buffers. Floating-point tensors are averaged, others (batch
/// counters) copied. Thread-compatible.
class Ema {
 public:
  /// `live` are the tensors to follow: handles of the net's own, which must keep their shapes.
  Ema(NamedTensors live, double decay);

  /// Takes the live values in. Call after each optimiser step; not between two swap().
  void update();

  /// Exchanges averaged and live values, element for element; calling it again undoes it.
  void swap();

  /// The averages under the names of the live tensors (the live values while swapped).
  const NamedTensors& averages() const { return averages_; }

  std::int64_t updates() const { return updates_; }
  void set_updates(std::int64_t updates) { updates_ = updates; }

 private:
  NamedTensors live_;
  NamedTensors averages_;
  double decay_;
  std::int64_t updates_ = 0;
};

/// Puts the averages into the net while it lives: evaluate or export inside its scope.
class EmaScope {
 public:
  explicit EmaScope(Ema& ema) : ema_(ema) { ema_.swap(); }
  ~EmaScope() { ema_.swap(); }
  EmaScope(const EmaScope&) = delete;
  EmaScope& operator=(const EmaScope&) = delete;

 private:
  Ema& ema_;
};

}  // namespace weir::train
