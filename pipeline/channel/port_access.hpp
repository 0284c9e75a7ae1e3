// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/stage.hpp"

namespace weir {

/// Reaches the ports of a Context by their ids, for stages whose ports are known only at run time.
class PortAccess {
 public:
  static const Packet& input(const Context& cx, const void* id) { return cx.input(id); }
  static detail::PoolBase& pool(Context& cx, const void* id) { return cx.pool(id); }
  static void set_output(Context& cx, const void* id, Packet packet, detail::PacketHeader* fresh) {
    cx.set_output(id, std::move(packet), fresh);
  }
  static const ParamValue& value(const Context& cx, const void* id) { return cx.value_of(id); }
};

}  // namespace weir
