// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/control/capacity.hpp"
#include "transport/shaper/link_trace.hpp"

namespace weir {

/// What a trace lets pass, for simulations: its first `longest` at most (from 1 ms up), then from its beginning again.
Capacity capacity_of(const LinkTrace& trace, Duration longest = Duration::max());

}  // namespace weir
