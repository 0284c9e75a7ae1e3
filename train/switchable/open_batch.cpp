// SPDX-License-Identifier: Apache-2.0
#include "train/switchable/open_batch.hpp"

#include <cstring>
#include <set>
#include <string>

namespace weir::train {
namespace {

void open_first(OnnxTensor& shape) {
  std::int64_t first = 0;
  if (shape.dtype != DType::i64 || shape.data.size() < 2 * sizeof first) return;
  std::memcpy(&first, shape.data.data(), sizeof first);
  if (first != 1) return;
  first = 0;  // "as in the input"
  std::memcpy(shape.data.data(), &first, sizeof first);
}

}  // namespace

OnnxModel open_batch(OnnxModel model) {
  std::set<std::string> shapes;
  for (const OnnxNode& node : model.nodes) {
    if (node.op == "Reshape" && node.inputs.size() > 1) shapes.insert(node.inputs[1]);
  }
  for (OnnxTensor& tensor : model.initialisers) {
    if (shapes.contains(tensor.name)) open_first(tensor);
  }
  for (OnnxNode& node : model.nodes) {
    if (node.op != "Constant" || node.outputs.empty() || !shapes.contains(node.outputs[0])) continue;
    const auto value = node.attributes.find("value");
    if (value == node.attributes.end()) continue;
    if (auto* tensor = std::get_if<OnnxTensor>(&value->second)) open_first(*tensor);
  }
  return model;
}

}  // namespace weir::train
