// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/base/tensor.hpp"

namespace weir {

/// A named constant of a model: dense, row-major, little-endian.
struct OnnxTensor {
  std::string name;
  DType dtype = DType::f32;
  Shape shape;
  std::vector<std::byte> data;  ///< shape.elements() * size_of(dtype) bytes

  /// The values, or an empty span when the tensor holds another type.
  template <typename T>
  std::span<const T> as() const {
    return TensorView{dtype, shape, data.data()}.as<T>();
  }

  bool operator==(const OnnxTensor&) const = default;
};

/// Makes a constant of a C++ type. `values` must hold shape.elements() of them.
template <typename T>
OnnxTensor make_tensor(std::string name, const Shape& shape, std::span<const T> values) {
  const auto bytes = std::as_bytes(values);
  return {std::move(name), dtype_of<T>(), shape, {bytes.begin(), bytes.end()}};
}

using OnnxAttribute = std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>, std::vector<float>,
                                   std::vector<std::string>, OnnxTensor>;

/// One operator. An empty input or output name is an optional one that is left out.
struct OnnxNode {
  std::string name;    ///< may be empty
  std::string op;      ///< "Conv"
  std::string domain;  ///< empty: ONNX's own
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::map<std::string, OnnxAttribute> attributes;

  /// What to call it in texts: its name, or that of its first output.
  const std::string& label() const { return name.empty() && !outputs.empty() ? outputs.front() : name; }
};

/// One input or output of the graph; an extent of -1 is open.
struct OnnxValue {
  std::string name;
  DType dtype = DType::f32;
  Shape shape;
};

/// An ONNX model as plain values, to be read, changed and written. Thread-compatible.
struct OnnxModel {
  std::string name = "graph";
  std::string producer = "weir";
  std::int64_t ir_version = 7;
  std::map<std::string, std::int64_t> opsets{{"", 11}};  ///< domain -> version
  std::map<std::string, std::string> metadata;
  std::vector<OnnxNode> nodes;           ///< each after those that it reads from
  std::vector<OnnxTensor> initialisers;  ///< the constants, weights first of all
  std::vector<OnnxValue> inputs;         ///< without initialisers
  std::vector<OnnxValue> outputs;

  /// The constant of that name, or null.
  const OnnxTensor* find_initialiser(std::string_view tensor) const;
};

/// What a file must be to be read at all.
struct OnnxLimits {
  std::uintmax_t max_bytes = std::uintmax_t{1} << 30U;  ///< larger files are refused; protobuf itself ends at 2 GiB
  std::string sha256{};                                 ///< lower-case hex of the whole file; empty: any
};

/// The SHA-256 of some bytes in lower-case hex.
std::string sha256_hex(std::string_view bytes);

/// Reads an ONNX file. Code::not_found when it is missing, Code::corrupt when it is too large, has another hash or is
/// not ONNX, Code::unsupported for what Weir does not carry (weights in other files, graphs inside nodes, element types
/// without a DType); each text names file and tensor or node.
Result<OnnxModel> load_onnx(const std::filesystem::path& path, const OnnxLimits& limits = {});

/// The same for a file in memory; `name` stands in for the path in errors.
Result<OnnxModel> parse_onnx(std::string_view bytes, const std::string& name);

/// The bytes of the model's file: the same model always gives the same bytes.
std::string encode_onnx(const OnnxModel& model);

/// Writes the file, whole or not at all. Code::io names the path.
Status save_onnx(const OnnxModel& model, const std::filesystem::path& path);

}  // namespace weir
