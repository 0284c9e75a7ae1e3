// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "transport/link/link.hpp"
#include "transport/shaper/link_trace.hpp"

namespace weir {

/// A network between this process and those it connects to.
struct Network {
  LinkTrace up;    ///< from the side that connects
  LinkTrace down;  ///< to it
  std::uint64_t seed = 1;
  bool one_path = false;  ///< all connections pass the same bottleneck, as behind one radio; else each has its own
};

/// A loop whose connections pass a shaped network; what it listens for is not shaped. One message at a time is in the
/// bottleneck: the others wait in the link, where they can be overtaken and withdrawn. Works on a loop of any time,
/// which must live longer and is stopped with it. Thread-safe like LinkLoop.
std::unique_ptr<LinkLoop> make_shaping_loop(LinkLoop& loop, Network network);

/// The same, owning the loop.
std::unique_ptr<LinkLoop> make_shaping_loop(std::unique_ptr<LinkLoop> loop, Network network);

}  // namespace weir
