// SPDX-License-Identifier: Apache-2.0
#include "elastic/switchable/chain.hpp"

#include <algorithm>
#include <set>
#include <string>

namespace weir {

Result<OnnxModel> chain(const OnnxModel& first, const OnnxModel& second) {
  if (first.opsets != second.opsets) {
    return fail(Code::invalid, "networks \"" + first.name + "\" and \"" + second.name +
                                   "\" are of different operator sets; export them with one");
  }
  OnnxModel joined = first;
  std::set<std::string> given, known;
  for (const OnnxValue& output : first.outputs) given.insert(output.name);
  for (const OnnxValue& input : first.inputs) known.insert(input.name);
  for (const OnnxTensor& tensor : first.initialisers) known.insert(tensor.name);
  for (const OnnxNode& node : first.nodes) known.insert(node.outputs.begin(), node.outputs.end());
  known.erase("");
  bool connected = false;
  std::string clash;
  const auto add = [&](const std::string& name) {
    if (!name.empty() && !known.insert(name).second) clash = name;
  };
  for (const OnnxValue& input : second.inputs) {
    if (given.contains(input.name)) {
      connected = true;
      continue;
    }
    add(input.name);
    joined.inputs.push_back(input);
  }
  for (const OnnxTensor& tensor : second.initialisers) add(tensor.name);
  for (const OnnxNode& node : second.nodes) std::ranges::for_each(node.outputs, add);
  if (!connected) {
    return fail(Code::invalid, "network \"" + first.name + "\" puts out nothing that \"" + second.name + "\" takes");
  }
  if (!clash.empty()) {
    return fail(Code::invalid, "networks \"" + first.name + "\" and \"" + second.name +
                                   "\" both have a value named \"" + clash + "\"");
  }
  joined.initialisers.insert(joined.initialisers.end(), second.initialisers.begin(), second.initialisers.end());
  joined.nodes.insert(joined.nodes.end(), second.nodes.begin(), second.nodes.end());
  joined.outputs = second.outputs;
  return joined;
}

}  // namespace weir
