// SPDX-License-Identifier: Apache-2.0
#include "elastic/shape_inference.hpp"

#include "elastic/onnx_proto.hpp"
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
#pragma GCC diagnostic ignored "-Woverloaded-virtual"
#include <onnx/shape_inference/implementation.h>
#pragma GCC diagnostic pop

namespace weir {
namespace {

using TypeMap = std::unordered_map<std::string, TensorType>;

Status check_fixed(const OnnxValue& input, const Shape& shape) {
  if (shape.rank() != input.shape.rank()) {
    return {Code::invalid, "input \"" + input.name + "\" has shape " + input.shape.text() + "; the requested " +
                               shape.text() + " has another number of extents"};
  }
  for (const std::int64_t extent : shape) {
    if (extent > 0) continue;
    return {Code::invalid,
            "input \"" + input.name + "\" has no fixed size (" + shape.text() + "); give the size that it should have"};
  }
  return {};
}

// The shapes that the file tells of its tensors hold for its own input size: only the inputs' count here.
Result<onnx::ModelProto> with_input_shapes(OnnxModel model, const std::vector<Shape>& wanted) {
  if (wanted.size() > model.inputs.size()) {
    return fail(Code::invalid, "the model has " + std::to_string(model.inputs.size()) + " inputs; " +
                                   std::to_string(wanted.size()) + " input shapes were given");
  }
  for (std::size_t i = 0; i < model.inputs.size(); ++i) {
    Shape shape = i < wanted.size() ? wanted[i] : model.inputs[i].shape;
    for (std::size_t k = 0; k < shape.rank() && k < model.inputs[i].shape.rank(); ++k) {
      if (shape[k] < 0) shape[k] = model.inputs[i].shape[k];
    }
    if (Status s = check_fixed(model.inputs[i], shape); !s) return fail(s.error());
    model.inputs[i].shape = shape;
  }
  onnx::ModelProto proto = elastic::to_proto(model);
  for (auto& output : *proto.mutable_graph()->mutable_output()) {
    output.mutable_type()->mutable_tensor_type()->clear_shape();
  }
  return proto;
}

void add(const onnx::ValueInfoProto& info, TypeMap& types) {
  const auto dtype = elastic::from_onnx(info.type().tensor_type().elem_type());
  if (!dtype || !info.type().tensor_type().has_shape()) return;
  std::vector<std::int64_t> extents;
  for (const auto& d : info.type().tensor_type().shape().dim()) {
    if (!d.has_dim_value() || d.dim_value() < 0) return;
    extents.push_back(d.dim_value());
  }
  if (extents.size() > Shape::kMaxRank) return;
  types.insert_or_assign(info.name(), TensorType{*dtype, Shape(std::span<const std::int64_t>(extents))});
}

TypeMap collect(const onnx::GraphProto& graph, const OnnxModel& model) {
  TypeMap types;
  for (const auto& value : graph.value_info()) add(value, types);
  for (const auto& value : graph.input()) add(value, types);
  for (const auto& value : graph.output()) add(value, types);
  for (const OnnxTensor& t : model.initialisers) types.insert_or_assign(t.name, TensorType{t.dtype, t.shape});
  return types;
}

// ONNX takes a shape written into the file as it is, whatever the number of values.
Status check_reshape(const OnnxNode& node, const TypeMap& types) {
  if (node.op != "Reshape" || node.inputs.empty() || node.outputs.empty()) return {};
  const auto in = types.find(node.inputs[0]), out = types.find(node.outputs[0]);
  if (in == types.end() || out == types.end()) return {};
  if (in->second.shape.elements() == out->second.shape.elements()) return {};
  return {Code::unsupported,
          "node \"" + node.label() + "\" (Reshape) makes " + out->second.shape.text() + " of " +
              in->second.shape.text() +
              ": this input size does not fit a shape fixed inside the file; use the file's own size"};
}

std::string brief(std::string message) {
  for (char& c : message) {
    if (c == '\n') c = ' ';
  }
  return message.substr(0, 300);
}

}  // namespace

Result<TypeMap> infer_shapes(const OnnxModel& model, const std::vector<Shape>& input_shapes) {
  auto proto = with_input_shapes(model, input_shapes);
  if (!proto) return fail(proto.error());
  std::string reason;
  try {
    onnx::shape_inference::InferShapes(*proto, onnx::OpSchemaRegistry::Instance(),
                                       onnx::ShapeInferenceOptions(false, 0, true));
  } catch (const std::exception& error) {
    reason = ": " + brief(error.what());
  }
  TypeMap types = collect(proto->graph(), model);
  for (const OnnxNode& node : model.nodes) {
    if (Status s = check_reshape(node, types); !s) return fail(s.error());
    for (const std::string& output : node.outputs) {
      if (output.empty() || types.contains(output)) continue;
      const bool known = onnx::OpSchemaRegistry::Schema(node.op, node.domain) != nullptr;
      return fail(Code::unsupported,
                  "node \"" + node.label() + "\" (" + (node.domain.empty() ? "" : node.domain + ".") + node.op +
                      (known ? "): the shape of its output \"" + output +
                                   "\" does not follow from this input size; try the file's own size"
                             : "): this operator is not in ONNX; export the model with standard operators") +
                      reason);
    }
  }
  if (!reason.empty()) return fail(Code::unsupported, "the model does not fit this input size" + reason);
  return types;
}

}  // namespace weir
