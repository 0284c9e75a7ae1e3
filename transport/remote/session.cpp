// SPDX-License-Identifier: Apache-2.0
#include "transport/remote/session.hpp"

#include <random>

namespace weir {

std::uint64_t random_session() {
  std::random_device entropy;
  return (std::uint64_t{entropy()} << 32) | entropy();
}

}  // namespace weir
