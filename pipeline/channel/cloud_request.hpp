// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "pipeline/channel/device_graph.hpp"
#include "pipeline/stage.hpp"
#include "transport/wire/body_writer.hpp"

namespace weir {

/// The request of a cloud part for the frame of this call; with `part_of`, that packet stands in place of what is at
/// `input`. Large data is referred to. An error where a plug-in's payload cannot be written.
Result<std::shared_ptr<const Body>> write_request(const RemotePart& part, std::string_view stream, const Context& cx,
                                                  const Packet* part_of = nullptr, std::size_t input = 0);

}  // namespace weir
