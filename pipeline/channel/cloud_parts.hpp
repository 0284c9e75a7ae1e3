// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "pipeline/graph_spec.hpp"

namespace weir {

/// An output port of a graph's stage.
struct OutputOf {
  std::size_t stage = 0, port = 0;
  bool operator==(const OutputOf&) const = default;
};

/// Stages that run together on a worker: one request takes a frame through all of them.
struct CloudPart {
  std::string name;                     ///< its first stage's
  std::vector<std::size_t> stages;      ///< topologically sorted indices into GraphSpec::stages
  std::vector<OutputOf> inputs;         ///< of the device, that feed it
  std::vector<OutputOf> outputs;        ///< of its stages, that the device reads
  std::optional<std::size_t> fallback;  ///< device stage that answers when no worker does
  bool keeps_state = false;             ///< frames of a stream must come to one worker
  bool in_order = false;                ///< and one after the other
};

/// What keeps a graph from being cut into device and cloud.
struct PartProblem {
  std::string stage;  ///< that must change
  std::string key;    ///< of it: "place" or "fallback"
  std::string text;
};

/// What crosses for packets of this output, which belongs to a checked graph: their own type, or what single parts of a
/// frame are. Null where packets of any type come.
const PayloadType* crossing_type(const GraphSpec& spec, const OutputOf& output);

/// The cloud parts of a checked graph: cloud stages that feed each other belong together. With several workers, parts
/// that keep state are refused.
tl::expected<std::vector<CloudPart>, PartProblem> find_cloud_parts(const GraphSpec& spec);

/// A text that is equal for two parts exactly if they compute the same: kinds and parameters of the stages, how they
/// connect, the plug-ins' payload types that cross, and the contents of the files that parameters name. Reads those
/// files; one that cannot be read is an error.
Result<std::string> fingerprint_of(const GraphSpec& spec, const CloudPart& part);

}  // namespace weir
