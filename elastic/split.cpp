// SPDX-License-Identifier: Apache-2.0
#include "elastic/split.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "elastic/shape_inference.hpp"
#include "elastic/subgraph.hpp"

namespace weir {
namespace {

using Names = std::vector<std::string>;

std::string joined(const Names& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "\"" : ", \"") + name + "\"";
  return text;
}

/// Which values an input of the network has an effect on.
std::unordered_set<std::string> dependent_values(const OnnxModel& model) {
  std::unordered_set<std::string> dependent;
  for (const OnnxValue& input : model.inputs) dependent.insert(input.name);
  for (const OnnxNode& node : model.nodes) {
    if (std::ranges::any_of(node.inputs, [&](const std::string& name) { return dependent.contains(name); }))
      dependent.insert(node.outputs.begin(), node.outputs.end());
  }
  dependent.erase("");
  return dependent;
}

Status check_seam(const OnnxModel& model, const Names& seam) {
  if (seam.empty()) return {Code::invalid, "a seam needs at least one value"};
  Names computed;
  for (const OnnxNode& node : model.nodes) computed.insert(computed.end(), node.outputs.begin(), node.outputs.end());
  const auto dependent = dependent_values(model);
  for (const std::string& name : seam) {
    if (std::ranges::count(seam, name) > 1) return {Code::invalid, "the seam names \"" + name + "\" twice"};
    if (std::ranges::find(computed, name) == computed.end()) {
      return {Code::not_found, "the network computes no value named \"" + name + "\""};
    }
    if (!dependent.contains(name)) return {Code::invalid, "\"" + name + "\" does not depend on the network's input"};
  }
  return {};
}

/// The inputs' extents with open ones set to `extent`; the batch, which is first, to 1.
std::vector<Shape> closed_inputs(const OnnxModel& model, std::int64_t extent) {
  std::vector<Shape> shapes;
  for (const OnnxValue& input : model.inputs) {
    Shape shape = input.shape;
    for (std::size_t i = 0; i < shape.rank(); ++i) {
      if (shape[i] < 1) shape[i] = i == 0 ? 1 : extent;
    }
    shapes.push_back(shape);
  }
  return shapes;
}

/// The seam's values as inputs of the tail; an extent that follows those of the input is open.
Result<std::vector<OnnxValue>> seam_inputs(const OnnxModel& model, const Names& seam) {
  const auto small = infer_shapes(model, closed_inputs(model, 64));
  if (!small) return fail(small.error());
  const auto large = infer_shapes(model, closed_inputs(model, 128));
  if (!large) return fail(large.error());
  std::vector<OnnxValue> inputs;
  for (const std::string& name : seam) {
    const TensorType& type = small->at(name);
    OnnxValue& input = inputs.emplace_back(OnnxValue{name, type.dtype, type.shape});
    const Shape& other = large->at(name).shape;
    for (std::size_t i = 0; i < input.shape.rank(); ++i) {
      if (i >= other.rank() || other[i] != input.shape[i]) input.shape[i] = -1;
    }
    const bool open_batch = std::ranges::any_of(
        model.inputs, [](const OnnxValue& value) { return value.shape.rank() == 4 && value.shape[0] < 1; });
    if (open_batch && input.shape.rank() == 4) input.shape[0] = -1;
  }
  return inputs;
}

/// The nodes that the outputs need when the seam is given; an error where that takes an input of the network.
Result<OnnxModel> tail_of(const OnnxModel& model, const Names& seam) {
  std::set<std::string> needed;
  for (const OnnxValue& output : model.outputs) needed.insert(output.name);
  const std::set<std::string> given(seam.begin(), seam.end());
  std::map<std::string, std::string> reader;  // of a value: a node of the tail
  OnnxModel tail = model;
  tail.nodes.clear();
  const auto wanted = [&](const std::string& name) { return needed.contains(name) && !given.contains(name); };
  for (auto node = model.nodes.rbegin(); node != model.nodes.rend(); ++node) {
    if (!std::ranges::any_of(node->outputs, wanted)) continue;
    for (const std::string& input : node->inputs) {
      if (input.empty()) continue;
      needed.insert(input);
      reader.try_emplace(input, node->label());
    }
    tail.nodes.push_back(*node);
  }
  for (const OnnxValue& input : model.inputs) {
    if (!needed.contains(input.name)) continue;
    return fail(Code::invalid, joined(seam) + (seam.size() == 1 ? " is" : " are") + " no seam: input \"" + input.name +
                                   "\" gets past by node \"" + reader[input.name] + "\"");
  }
  std::ranges::reverse(tail.nodes);
  std::erase_if(tail.initialisers, [&](const OnnxTensor& tensor) { return !needed.contains(tensor.name); });
  return tail;
}

}  // namespace

Result<SplitModel> split_model(const OnnxModel& model, const Names& seam) {
  if (Status status = check_seam(model, seam); !status) return fail(status.error());
  auto inputs = seam_inputs(model, seam);
  if (!inputs) return fail(inputs.error());
  auto tail = tail_of(model, seam);
  if (!tail) return fail(tail.error());
  auto head = with_outputs(model, seam);
  if (!head) return fail(head.error());
  head->outputs = *inputs;
  tail->inputs = std::move(*inputs);
  std::string mark = sha256_hex(encode_onnx(model));
  for (const std::string& name : seam) mark += " " + name;
  head->metadata[kSplitKey] = mark;
  tail->metadata[kSplitKey] = mark;
  head->name += "_head";
  tail->name += "_tail";
  return SplitModel{std::move(*head), std::move(*tail)};
}

}  // namespace weir
