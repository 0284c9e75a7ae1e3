// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <unordered_set>

#include "elastic/onnx_proto.hpp"

namespace weir::elastic {
namespace {

std::string type_name(int type) {
  return onnx::TensorProto::DataType_IsValid(type)
             ? onnx::TensorProto::DataType_Name(static_cast<onnx::TensorProto::DataType>(type))
             : "type " + std::to_string(type);
}

Result<DType> decode_type(int type, const std::string& what) {
  if (const auto ours = from_onnx(type)) return *ours;
  return fail(Code::unsupported, what + " holds " + type_name(type) +
                                     ", which Weir does not carry; export the model in f32, f16, bf16 or integers");
}

template <typename T, typename Values>
void narrow(const Values& values, std::vector<std::byte>& data) {
  data.resize(static_cast<std::size_t>(values.size()) * sizeof(T));
  std::size_t at = 0;
  for (const auto value : values) {
    const auto element = static_cast<T>(value);
    std::memcpy(data.data() + at, &element, sizeof(T));
    at += sizeof(T);
  }
}

// A tensor's values lie in raw_data or, one by one, in a field that depends on the type.
void decode_values(const onnx::TensorProto& proto, OnnxTensor& tensor) {
  if (proto.has_raw_data()) {
    const auto* bytes = reinterpret_cast<const std::byte*>(proto.raw_data().data());
    tensor.data.assign(bytes, bytes + proto.raw_data().size());
    return;
  }
  switch (tensor.dtype) {
    case DType::f32:
      return narrow<float>(proto.float_data(), tensor.data);
    case DType::i64:
      return narrow<std::int64_t>(proto.int64_data(), tensor.data);
    case DType::i32:
      return narrow<std::int32_t>(proto.int32_data(), tensor.data);
    case DType::f16:
    case DType::bf16:
      return narrow<std::uint16_t>(proto.int32_data(), tensor.data);
    case DType::i8:
    case DType::u8:
      return narrow<std::uint8_t>(proto.int32_data(), tensor.data);
  }
}

Result<OnnxTensor> decode(const onnx::TensorProto& proto, const std::string& what) {
  if (proto.data_location() == onnx::TensorProto::EXTERNAL || proto.external_data_size() > 0) {
    return fail(Code::unsupported,
                what + " lies in another file (external data); save the model as one file and load that");
  }
  const auto type = decode_type(proto.data_type(), what);
  if (!type) return fail(type.error());
  std::size_t elements = 1;
  constexpr std::size_t kMost = std::size_t{1} << 31U;
  bool valid = static_cast<std::size_t>(proto.dims_size()) <= Shape::kMaxRank;
  for (const std::int64_t extent : proto.dims()) {
    valid = valid && extent >= 0 && static_cast<std::size_t>(extent) <= kMost;
    if (valid) elements *= static_cast<std::size_t>(extent);
    valid = valid && elements <= kMost;
  }
  if (!valid) return fail(Code::corrupt, what + " has an impossible shape; check the file, or export it again");
  OnnxTensor tensor{proto.name(), *type, Shape(std::span(proto.dims().data(), proto.dims().size())), {}};
  decode_values(proto, tensor);
  const std::size_t wanted = elements * size_of(tensor.dtype);
  if (tensor.data.size() != wanted) {
    return fail(Code::corrupt, what + " of shape " + tensor.shape.text() + " holds " +
                                   std::to_string(tensor.data.size()) + " bytes where " + std::to_string(wanted) +
                                   " are needed; check the file, or export it again");
  }
  return tensor;
}

Result<OnnxAttribute> decode(const onnx::AttributeProto& proto, const std::string& what) {
  switch (proto.type()) {
    case onnx::AttributeProto::INT:
      return OnnxAttribute(proto.i());
    case onnx::AttributeProto::FLOAT:
      return OnnxAttribute(proto.f());
    case onnx::AttributeProto::STRING:
      return OnnxAttribute(proto.s());
    case onnx::AttributeProto::INTS:
      return OnnxAttribute(std::vector<std::int64_t>(proto.ints().begin(), proto.ints().end()));
    case onnx::AttributeProto::FLOATS:
      return OnnxAttribute(std::vector<float>(proto.floats().begin(), proto.floats().end()));
    case onnx::AttributeProto::STRINGS:
      return OnnxAttribute(std::vector<std::string>(proto.strings().begin(), proto.strings().end()));
    case onnx::AttributeProto::TENSOR: {
      auto tensor = decode(proto.t(), "attribute \"" + proto.name() + "\" of " + what);
      if (!tensor) return fail(tensor.error());
      return OnnxAttribute(std::move(*tensor));
    }
    default:
      return fail(Code::unsupported, "attribute \"" + proto.name() + "\" of " + what +
                                         " is a graph or another kind that Weir does not carry; export the model "
                                         "without control flow");
  }
}

Result<OnnxNode> decode(const onnx::NodeProto& proto, const std::string& file) {
  OnnxNode node{proto.name(), proto.op_type(), proto.domain() == "ai.onnx" ? "" : proto.domain(), {}, {}, {}};
  node.inputs.assign(proto.input().begin(), proto.input().end());
  node.outputs.assign(proto.output().begin(), proto.output().end());
  for (const auto& attribute : proto.attribute()) {
    auto value = decode(attribute, "node \"" + node.label() + "\" (" + node.op + ") in " + file);
    if (!value) return fail(value.error());
    node.attributes.insert_or_assign(attribute.name(), std::move(*value));
  }
  return node;
}

Result<OnnxValue> decode(const onnx::ValueInfoProto& proto, const std::string& file) {
  const std::string what = "\"" + proto.name() + "\" in " + file;
  if (!proto.type().has_tensor_type()) return fail(Code::unsupported, what + " is no tensor; Weir runs tensors only");
  const auto& tensor = proto.type().tensor_type();
  const auto type = decode_type(tensor.elem_type(), what);
  if (!type) return fail(type.error());
  std::vector<std::int64_t> extents;
  for (const auto& d : tensor.shape().dim()) extents.push_back(d.has_dim_value() ? d.dim_value() : -1);
  if (extents.size() > Shape::kMaxRank) {
    return fail(Code::unsupported, what + " has " + std::to_string(extents.size()) + " extents; Weir carries up to " +
                                       std::to_string(Shape::kMaxRank));
  }
  return OnnxValue{proto.name(), *type, Shape(std::span<const std::int64_t>(extents))};
}

template <typename From, typename To, typename Decode>
Status decode_all(const From& from, To& to, Decode decode_one) {
  for (const auto& item : from) {
    auto value = decode_one(item);
    if (!value) return value.error();
    to.push_back(std::move(*value));
  }
  return {};
}

Status decode_graph(const onnx::GraphProto& graph, const std::string& file, OnnxModel& model) {
  if (graph.sparse_initializer_size() > 0) {
    return {Code::unsupported, "model " + file + " has sparse weights, which Weir does not carry; export them dense"};
  }
  std::unordered_set<std::string> constants;
  for (const auto& tensor : graph.initializer()) constants.insert(tensor.name());
  Status s = decode_all(graph.initializer(), model.initialisers,
                        [&](const auto& t) { return decode(t, "tensor \"" + t.name() + "\" in " + file); });
  if (s) s = decode_all(graph.node(), model.nodes, [&](const auto& n) { return decode(n, file); });
  // Older files list their constants among the inputs too.
  for (const auto& input : graph.input()) {
    if (!s || constants.contains(input.name())) continue;
    auto value = decode(input, file);
    if (!value) return value.error();
    model.inputs.push_back(std::move(*value));
  }
  if (s) s = decode_all(graph.output(), model.outputs, [&](const auto& v) { return decode(v, file); });
  return s;
}

}  // namespace

Result<OnnxModel> from_proto(const onnx::ModelProto& proto, const std::string& name) {
  if (!proto.has_graph() || proto.graph().node_size() == 0 || proto.opset_import_size() == 0) {
    return fail(Code::corrupt, "model " + name + " is not an ONNX model (it holds no graph); check the file");
  }
  OnnxModel model;
  model.name = proto.graph().name();
  model.producer = proto.producer_name();
  model.ir_version = proto.ir_version();
  model.opsets.clear();
  for (const auto& o : proto.opset_import()) model.opsets[o.domain() == "ai.onnx" ? "" : o.domain()] = o.version();
  for (const auto& entry : proto.metadata_props()) model.metadata[entry.key()] = entry.value();
  if (Status s = decode_graph(proto.graph(), name, model); !s) return fail(s.error());
  return model;
}

}  // namespace weir::elastic
