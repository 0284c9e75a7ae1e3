// SPDX-License-Identifier: Apache-2.0
#include "engine/opencv/onnx_interface.hpp"

#include <algorithm>
#include <optional>

#include "engine/opencv/proto_reader.hpp"

namespace weir::engine {
namespace {

// Field numbers of onnx.proto3.
namespace field {
constexpr std::uint32_t kModelGraph = 7;
constexpr std::uint32_t kGraphNode = 1, kGraphInitializer = 5, kGraphInput = 11, kGraphOutput = 12;
constexpr std::uint32_t kTensorName = 8;
constexpr std::uint32_t kValueName = 1, kValueType = 2;
constexpr std::uint32_t kTypeTensor = 1;
constexpr std::uint32_t kTensorElement = 1, kTensorShape = 2;
constexpr std::uint32_t kShapeDim = 1;
constexpr std::uint32_t kDimValue = 1;
}  // namespace field

std::optional<DType> to_dtype(std::uint64_t element) {  // TensorProto.DataType
  switch (element) {
    case 1:
      return DType::f32;
    case 2:
      return DType::u8;
    case 3:
      return DType::i8;
    case 6:
      return DType::i32;
    case 7:
      return DType::i64;
    case 10:
      return DType::f16;
    case 16:
      return DType::bf16;
    default:
      return std::nullopt;
  }
}

struct Value {
  std::string name;
  std::uint64_t element = 0;
  std::vector<std::int64_t> extents;
};

bool read_shape(std::string_view message, std::vector<std::int64_t>& extents) {
  Reader shape(message);
  for (Field f; shape.next(f);) {
    if (f.number != field::kShapeDim) continue;
    std::int64_t extent = -1;
    Reader dim(f.bytes);
    for (Field d; dim.next(d);) {
      if (d.number == field::kDimValue) extent = static_cast<std::int64_t>(d.value);
    }
    if (!dim.ok()) return false;
    extents.push_back(extent > 0 ? extent : -1);
  }
  return shape.ok();
}

bool read_value(std::string_view message, Value& value) {
  std::string_view type, tensor;
  const auto walk = [](std::string_view text, auto&& visit) {
    Reader reader(text);
    for (Field f; reader.next(f);) visit(f);
    return reader.ok();
  };
  bool shape_ok = true;
  const bool ok = walk(message, [&](const Field& f) {
    if (f.number == field::kValueName) value.name = f.bytes;
    if (f.number == field::kValueType) type = f.bytes;
  });
  return ok &&
         walk(type,
              [&](const Field& f) {
                if (f.number == field::kTypeTensor) tensor = f.bytes;
              }) &&
         walk(tensor,
              [&](const Field& f) {
                if (f.number == field::kTensorElement) value.element = f.value;
                if (f.number == field::kTensorShape) shape_ok = shape_ok && read_shape(f.bytes, value.extents);
              }) &&
         shape_ok && !value.name.empty();
}

struct Graph {
  std::vector<Value> inputs, outputs;
  std::vector<std::string_view> initializers;
  std::size_t nodes = 0;
};

bool read_graph(std::string_view message, Graph& graph) {
  Reader reader(message);
  for (Field f; reader.next(f);) {
    if (f.number == field::kGraphNode) ++graph.nodes;
    if (f.number == field::kGraphInput && !read_value(f.bytes, graph.inputs.emplace_back())) return false;
    if (f.number == field::kGraphOutput && !read_value(f.bytes, graph.outputs.emplace_back())) return false;
    if (f.number != field::kGraphInitializer) continue;
    Reader tensor(f.bytes);
    for (Field t; tensor.next(t);) {
      if (t.number == field::kTensorName) graph.initializers.push_back(t.bytes);
    }
    if (!tensor.ok()) return false;
  }
  return reader.ok() && graph.nodes > 0 && !graph.outputs.empty();
}

Result<TensorInfo> to_info(const Value& value, const std::string& model) {
  const auto dtype = to_dtype(value.element);
  if (!dtype || value.extents.size() > Shape::kMaxRank) {
    return fail(Code::unsupported, "tensor \"" + value.name + "\" of " + model + " has ONNX element type " +
                                       std::to_string(value.element) + " and " + std::to_string(value.extents.size()) +
                                       " extents; Weir carries f32, f16, bf16, i8, u8, i32 and i64 with up to 8");
  }
  return TensorInfo{value.name, *dtype, Shape(std::span<const std::int64_t>(value.extents))};
}

}  // namespace

Result<OnnxInterface> read_onnx_interface(std::string_view model, const std::string& name) {
  Graph graph;
  bool ok = false;
  Reader reader(model);
  for (Field f; reader.next(f);) {
    if (f.number == field::kModelGraph) ok = read_graph(f.bytes, graph);
  }
  if (!ok || !reader.ok()) {
    return fail(Code::corrupt,
                "model " + name + " is not an ONNX file, or is cut short; check the file, or export it again");
  }
  OnnxInterface out;
  for (const Value& v : graph.inputs) {
    if (std::ranges::find(graph.initializers, v.name) != graph.initializers.end()) continue;
    auto info = to_info(v, name);
    if (!info) return fail(info.error());
    out.inputs.push_back(std::move(*info));
  }
  for (const Value& v : graph.outputs) {
    auto info = to_info(v, name);
    if (!info) return fail(info.error());
    out.outputs.push_back(std::move(*info));
  }
  return out;
}

}  // namespace weir::engine
