// SPDX-License-Identifier: Apache-2.0
// Private to engine/openvino: the only header here that names OpenVINO types.
#pragma once

#include <openvino/openvino.hpp>
#include <string>
#include <vector>

#include "engine/engine.hpp"

namespace weir::engine {

/// Name, type and shape of a port; unknown extents are -1. Code::unsupported for types that Weir does not carry.
Result<TensorInfo> describe(const ov::Output<const ov::Node>& port);
ov::element::Type to_openvino(DType type);

/// Gives the model's inputs the shapes asked for. Exporters often write a batch of 1 into Reshape nodes; those that the
/// inputs reach get the new batch, and a model whose outputs do not follow is refused. `open` leaves the first input's
/// height and width open.
Status reshape_model(ov::Model& model, const std::string& name, const std::vector<Shape>& wanted, bool open);

}  // namespace weir::engine
