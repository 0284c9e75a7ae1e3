// SPDX-License-Identifier: Apache-2.0
#include "engine/openvino/reshape.hpp"

#include <algorithm>
#include <map>
#include <openvino/opsets/opset8.hpp>
#include <unordered_set>

#include "engine/common.hpp"

namespace weir::engine {
namespace {

struct TypePair {
  DType ours;
  ov::element::Type theirs;
};

const TypePair kTypes[] = {{DType::f32, ov::element::f32},   {DType::f16, ov::element::f16},
                           {DType::bf16, ov::element::bf16}, {DType::i8, ov::element::i8},
                           {DType::u8, ov::element::u8},     {DType::i32, ov::element::i32},
                           {DType::i64, ov::element::i64}};

// Whether this Reshape has a batch of 1 written into its constant pattern, on data that carries the batch.
bool holds_batch_of_one(const ov::Node& node) {
  const auto* pattern = ov::as_type<const ov::opset8::Constant>(node.get_input_node_ptr(1));
  const ov::PartialShape& data = node.get_input_partial_shape(0);
  if (pattern == nullptr || !node.get_input_element_type(0).is_real()) return false;
  if (data.rank().is_dynamic() || data.size() < 2 || data[0] != 1) return false;
  const auto extents = pattern->cast_vector<std::int64_t>();
  return extents.size() >= 2 && extents[0] == 1;
}

// A 0 in a pattern with special_zero copies the data's own extent, whatever the batch becomes.
void free_batch(const std::shared_ptr<ov::Model>& model) {
  std::unordered_set<const ov::Node*> reached;  // by an input of the model
  for (const auto& node : model->get_ordered_ops()) {
    bool from_input = ov::is_type<ov::opset8::Parameter>(node);
    for (const auto& value : node->input_values()) from_input |= reached.contains(value.get_node());
    if (!from_input) continue;
    reached.insert(node.get());
    const auto reshape = ov::as_type_ptr<ov::opset8::Reshape>(node);
    if (!reshape || !holds_batch_of_one(*reshape)) continue;
    auto extents = ov::as_type<ov::opset8::Constant>(node->get_input_node_ptr(1))->cast_vector<std::int64_t>();
    if (!reshape->get_special_zero() && std::ranges::find(extents, 0) != extents.end()) continue;  // 0 is an extent
    extents[0] = 0;
    reshape->set_special_zero(true);
    node->input(1).replace_source_output(ov::opset8::Constant::create(ov::element::i64, {extents.size()}, extents));
  }
}

Status check_outputs(const ov::Model& model, const std::string& name, std::int64_t batch, bool open) {
  for (const auto& output : model.outputs()) {
    const ov::PartialShape& shape = output.get_partial_shape();
    if (shape.is_dynamic() && (!open || shape.rank().is_dynamic())) {
      return {Code::unsupported, "output \"" + output.get_any_name() + "\" of " + name +
                                     " has no fixed shape even with fixed inputs; Weir runs models of fixed size"};
    }
    if (batch > 1 && (shape.size() == 0 || shape[0] != batch)) {
      return {Code::unsupported, "model " + name + " does not carry a batch of " + std::to_string(batch) +
                                     " through to its output \"" + output.get_any_name() + "\"; use a batch of 1"};
    }
  }
  return {};
}

}  // namespace

ov::element::Type to_openvino(DType type) {
  for (const TypePair& t : kTypes) {
    if (t.ours == type) return t.theirs;
  }
  return ov::element::dynamic;
}

Result<TensorInfo> describe(const ov::Output<const ov::Node>& port) {
  TensorInfo info;
  info.name = port.get_names().empty() ? port.get_node()->get_friendly_name() : port.get_any_name();
  const ov::PartialShape& shape = port.get_partial_shape();
  std::vector<std::int64_t> extents;
  if (shape.rank().is_static()) {
    for (const auto& d : shape) extents.push_back(d.is_static() ? d.get_length() : -1);
  }
  if (extents.size() > Shape::kMaxRank) {
    return fail(Code::unsupported, "tensor \"" + info.name + "\" has " + std::to_string(extents.size()) +
                                       " extents; Weir carries up to " + std::to_string(Shape::kMaxRank));
  }
  info.shape = Shape(std::span<const std::int64_t>(extents));
  for (const TypePair& t : kTypes) {
    if (t.theirs != port.get_element_type()) continue;
    info.dtype = t.ours;
    return info;
  }
  return fail(Code::unsupported, "tensor \"" + info.name + "\" holds " + port.get_element_type().to_string() +
                                     ", a type that Weir does not carry");
}

Status reshape_model(ov::Model& model, const std::string& name, const std::vector<Shape>& wanted, bool open) {
  const ov::Model& constant = model;
  const auto inputs = constant.inputs();
  if (wanted.size() > inputs.size()) {
    return {Code::invalid, "model " + name + " has " + std::to_string(inputs.size()) + " inputs; " +
                               std::to_string(wanted.size()) + " input shapes were given"};
  }
  std::map<ov::Output<ov::Node>, ov::PartialShape> shapes;
  std::string text;
  std::int64_t batch = 1, batch_in_file = 1;
  bool changed = false;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    auto info = describe(inputs[i]);
    if (!info) return info.error();
    const std::size_t rank = info->shape.rank();
    const bool open_here = open && i == 0;
    if (open_here && rank > 2) info->shape[rank - 2] = info->shape[rank - 1] = 1;  // whatever it is in the file
    auto shape = resolve_shape(name, *info, i < wanted.size() ? &wanted[i] : nullptr);
    if (!shape) return shape.error();
    if (open_here) {
      if (Status s = open_size(name, *shape); !s) return s;
    }
    shapes[model.input(i)] = ov::PartialShape(std::vector<ov::Dimension>(shape->begin(), shape->end()));
    changed |= !(*shape == info->shape);
    if (i == 0 && shape->rank() > 1) {
      batch = (*shape)[0];
      batch_in_file = info->shape[0];
    }
    text += (i > 0 ? ", \"" : "\"") + info->name + "\" " + shape->text();
  }
  if (changed) {
    try {
      if (batch > 1 && batch_in_file == 1) free_batch(model.shared_from_this());
      model.reshape(shapes);
    } catch (const std::exception& e) {
      return {Code::unsupported, "model " + name + " cannot take inputs of " + text +
                                     ": shapes are fixed inside the file; use its own size (" + brief(e.what()) + ")"};
    }
  }
  return check_outputs(model, name, batch, open);
}

}  // namespace weir::engine
