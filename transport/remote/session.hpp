// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace weir {

/// Names one life of a device for ever, so it comes from the system's entropy and never from the run's seed.
std::uint64_t random_session();

}  // namespace weir
