// SPDX-License-Identifier: Apache-2.0
#include "train/common/loop/epoch_order.hpp"

#include <numeric>
#include <utility>

namespace weir::train {

Random step_random(std::uint64_t seed, std::int64_t step, std::string_view purpose) {
  return Random(Random(derive_seed(seed, purpose) + static_cast<std::uint64_t>(step)).next());
}

EpochOrder::EpochOrder(std::size_t count, std::uint64_t seed) : seed_(seed), order_(count) {}

std::size_t EpochOrder::at(std::int64_t position) {
  const auto count = static_cast<std::int64_t>(order_.size());
  const std::int64_t epoch = position / count;
  if (epoch != epoch_) {
    epoch_ = epoch;
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    Random random = step_random(seed_, epoch, "epoch order");
    for (std::size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[random.below(i)]);
  }
  return order_[static_cast<std::size_t>(position % count)];
}

}  // namespace weir::train
