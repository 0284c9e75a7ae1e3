// SPDX-License-Identifier: Apache-2.0
#include "elastic/subgraph.hpp"

#include <algorithm>
#include <set>

namespace weir {

Result<OnnxModel> with_outputs(OnnxModel model, const std::vector<std::string>& outputs) {
  std::set<std::string> needed(outputs.begin(), outputs.end());
  std::set<std::string> computed;
  std::vector<OnnxNode> kept;
  for (auto node = model.nodes.rbegin(); node != model.nodes.rend(); ++node) {
    computed.insert(node->outputs.begin(), node->outputs.end());
    const bool used =
        std::ranges::any_of(node->outputs, [&](const std::string& name) { return needed.contains(name); });
    if (!used) continue;
    needed.insert(node->inputs.begin(), node->inputs.end());
    needed.erase("");  // an optional one that is left out
    kept.push_back(std::move(*node));
  }
  for (const std::string& name : outputs) {
    if (!computed.contains(name)) return fail(Code::not_found, "the network computes no value named \"" + name + "\"");
  }
  std::ranges::reverse(kept);
  model.nodes = std::move(kept);
  std::erase_if(model.initialisers, [&](const OnnxTensor& tensor) { return !needed.contains(tensor.name); });
  std::erase_if(model.inputs, [&](const OnnxValue& input) { return !needed.contains(input.name); });
  model.outputs.clear();
  for (const std::string& name : outputs) model.outputs.push_back({name, DType::f32, {}});
  return model;
}

}  // namespace weir
