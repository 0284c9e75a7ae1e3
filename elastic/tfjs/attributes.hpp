// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "elastic/tfjs/graph.hpp"

namespace weir::tfjs {

/// The attribute that one JSON value of a node's "attr" stands for. Throws nlohmann::json::exception on a value of
/// another form than TF.js writes.
Attribute read_attribute(const nlohmann::json& value);

/// The extents in a TensorShapeProto; an open one is -1.
std::vector<std::int64_t> read_extents(const nlohmann::json& shape);

}  // namespace weir::tfjs
