// SPDX-License-Identifier: Apache-2.0
#include "elastic/onnx_proto.hpp"

namespace weir::elastic {
namespace {

struct TypePair {
  DType ours;
  int theirs;
};

constexpr TypePair kTypes[] = {
    {DType::f32, onnx::TensorProto::FLOAT},     {DType::f16, onnx::TensorProto::FLOAT16},
    {DType::bf16, onnx::TensorProto::BFLOAT16}, {DType::i8, onnx::TensorProto::INT8},
    {DType::u8, onnx::TensorProto::UINT8},      {DType::i32, onnx::TensorProto::INT32},
    {DType::i64, onnx::TensorProto::INT64},
};

void encode(const OnnxTensor& tensor, onnx::TensorProto& proto) {
  proto.set_name(tensor.name);
  proto.set_data_type(to_onnx(tensor.dtype));
  for (const std::int64_t extent : tensor.shape) proto.add_dims(extent);
  proto.set_raw_data(tensor.data.data(), tensor.data.size());
}

struct AttributeEncoder {
  onnx::AttributeProto& proto;

  void operator()(std::int64_t value) const {
    proto.set_type(onnx::AttributeProto::INT);
    proto.set_i(value);
  }
  void operator()(float value) const {
    proto.set_type(onnx::AttributeProto::FLOAT);
    proto.set_f(value);
  }
  void operator()(const std::string& value) const {
    proto.set_type(onnx::AttributeProto::STRING);
    proto.set_s(value);
  }
  void operator()(const std::vector<std::int64_t>& values) const {
    proto.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t v : values) proto.add_ints(v);
  }
  void operator()(const std::vector<float>& values) const {
    proto.set_type(onnx::AttributeProto::FLOATS);
    for (const float v : values) proto.add_floats(v);
  }
  void operator()(const std::vector<std::string>& values) const {
    proto.set_type(onnx::AttributeProto::STRINGS);
    for (const std::string& v : values) proto.add_strings(v);
  }
  void operator()(const OnnxTensor& value) const {
    proto.set_type(onnx::AttributeProto::TENSOR);
    encode(value, *proto.mutable_t());
  }
};

void encode(const OnnxNode& node, onnx::NodeProto& proto) {
  proto.set_name(node.name);
  proto.set_op_type(node.op);
  if (!node.domain.empty()) proto.set_domain(node.domain);
  for (const std::string& input : node.inputs) proto.add_input(input);
  for (const std::string& output : node.outputs) proto.add_output(output);
  for (const auto& [name, value] : node.attributes) {
    onnx::AttributeProto& attribute = *proto.add_attribute();
    attribute.set_name(name);
    std::visit(AttributeEncoder{attribute}, value);
  }
}

// ONNX marks an open extent by a name; equal names promise equal extents, so each gets its own.
void encode(const OnnxValue& value, onnx::ValueInfoProto& proto) {
  proto.set_name(value.name);
  auto& type = *proto.mutable_type()->mutable_tensor_type();
  type.set_elem_type(to_onnx(value.dtype));
  type.mutable_shape();
  for (std::size_t i = 0; i < value.shape.rank(); ++i) {
    auto& extent = *type.mutable_shape()->add_dim();
    if (value.shape[i] >= 0) {
      extent.set_dim_value(value.shape[i]);
    } else {
      extent.set_dim_param(value.name + "_" + std::to_string(i));
    }
  }
}

}  // namespace

int to_onnx(DType type) {
  for (const TypePair& t : kTypes) {
    if (t.ours == type) return t.theirs;
  }
  return onnx::TensorProto::UNDEFINED;
}

std::optional<DType> from_onnx(int type) {
  for (const TypePair& t : kTypes) {
    if (t.theirs == type) return t.ours;
  }
  return std::nullopt;
}

onnx::ModelProto to_proto(const OnnxModel& model) {
  onnx::ModelProto proto;
  proto.set_ir_version(model.ir_version);
  proto.set_producer_name(model.producer);
  for (const auto& [domain, version] : model.opsets) {
    auto& opset = *proto.add_opset_import();
    opset.set_domain(domain);
    opset.set_version(version);
  }
  for (const auto& [key, value] : model.metadata) {
    auto& entry = *proto.add_metadata_props();
    entry.set_key(key);
    entry.set_value(value);
  }
  onnx::GraphProto& graph = *proto.mutable_graph();
  graph.set_name(model.name);
  for (const OnnxNode& node : model.nodes) encode(node, *graph.add_node());
  for (const OnnxTensor& tensor : model.initialisers) encode(tensor, *graph.add_initializer());
  for (const OnnxValue& value : model.inputs) encode(value, *graph.add_input());
  for (const OnnxValue& value : model.outputs) encode(value, *graph.add_output());
  return proto;
}

}  // namespace weir::elastic
