// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "kernels/base/random.hpp"

namespace weir::train {

/// The source of chance for one step and purpose ("augment"): the same after a resume as in a run without one.
Random step_random(std::uint64_t seed, std::int64_t step, std::string_view purpose);

/// Goes through `count` examples in a new order every epoch. The order depends on seed and epoch only, so that any
/// position can be asked for at once. Thread-compatible.
class EpochOrder {
 public:
  /// `count` must be positive.
  EpochOrder(std::size_t count, std::uint64_t seed);

  /// The example at a position counted from the start of training, in [0, count).
  std::size_t at(std::int64_t position);

 private:
  std::uint64_t seed_;
  std::int64_t epoch_ = -1;
  std::vector<std::size_t> order_;
};

}  // namespace weir::train
