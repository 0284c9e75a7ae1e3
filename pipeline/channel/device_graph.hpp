// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/channel/cloud_parts.hpp"
#include "pipeline/graph_spec.hpp"

namespace weir {

/// One cloud part as the device sees it: a kind of stage of its own, whose inputs are what the part reads and whose
/// outputs are what the device reads of it. Must outlive every stage of that kind.
struct RemotePart {
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  std::string name;
  std::uint32_t service = 0;  ///< number of the part, as the cloud client counts
  StageInfo info;             ///< its spans point into the members below
  std::vector<char> ids;      ///< one for each port; their addresses are the ports' ids
  std::vector<PortInfo> inputs, outputs;
  std::optional<StageSpec> fallback;
  std::vector<std::size_t> fallback_inputs;   ///< by the fallback's port: which input of the part; npos: none
  bool carried_forward = false;               ///< it gives boxes, and all that read them can go on without
  std::shared_ptr<const PartedStage> parted;  ///< where each part of a frame is a request of its own
  std::size_t parts_input = kNone;            ///< then: which input they come by
};

/// A graph with its cloud parts replaced by one stage each, and without the stages that only stand by.
struct DeviceGraph {
  GraphSpec spec;
  std::vector<std::shared_ptr<RemotePart>> parts;
  std::vector<std::size_t> stages;  ///< by part: its stage in `spec`; that one has no `make` yet
};

/// `parts` as find_cloud_parts tells. Without workers the cloud stages stay, to run in this process.
DeviceGraph make_device_graph(const GraphSpec& spec, const std::vector<CloudPart>& parts);

}  // namespace weir
