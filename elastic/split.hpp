// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "elastic/onnx_model.hpp"

namespace weir {

/// A network in two pieces: what the head puts out, in its order, is what the tail takes.
struct SplitModel {
  OnnxModel head;
  OnnxModel tail;
};

/// The key of OnnxModel::metadata that head and tail of one split have in common: the SHA-256 of the whole network's
/// file and the values of the seam.
inline constexpr const char* kSplitKey = "weir.split";

/// Cuts a network at a seam: values that, together, everything the outputs need has to pass.
///
/// The head has the inputs of the whole, the tail its outputs. Nodes that work on constants alone are in both where
/// both need them. Extents of the seam are those for the inputs' extents in the file, -1 where these are open.
/// Code::not_found names a value that the network does not compute, Code::invalid one that depends on no input, and a
/// node by which an input gets past the seam.
Result<SplitModel> split_model(const OnnxModel& model, const std::vector<std::string>& seam);

}  // namespace weir
