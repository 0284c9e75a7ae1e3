// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::test {

// Just enough protobuf to write small ONNX models for tests.
inline std::string varint(std::uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  return out += static_cast<char>(value);
}
inline std::string number(std::uint32_t field, std::uint64_t value) { return varint(field << 3) + varint(value); }
inline std::string bytes(std::uint32_t field, std::string_view value) {
  return varint((field << 3) | 2) + varint(value.size()) + std::string(value);
}

/// A float tensor "name"; an extent of 0 is left open under the name "n".
inline std::string value_info(std::string_view name, const std::vector<int>& extents) {
  std::string shape;
  for (const int e : extents) shape += bytes(1, e > 0 ? number(1, static_cast<std::uint64_t>(e)) : bytes(2, "n"));
  return bytes(1, name) + bytes(2, bytes(1, number(1, 1) + bytes(2, shape)));
}

inline std::string node(std::string_view op, const std::vector<std::string>& inputs, std::string_view output) {
  std::string out;
  for (const auto& i : inputs) out += bytes(1, i);
  return out + bytes(2, output) + bytes(3, output) + bytes(4, op);
}

inline std::string model(std::string_view graph) { return number(1, 8) + bytes(7, graph) + bytes(8, number(2, 11)); }

/// y = relu(x), both of the given extents.
inline std::string relu_model(const std::vector<int>& extents) {
  return model(bytes(1, node("Relu", {"x"}, "y")) + bytes(2, "g") + bytes(11, value_info("x", extents)) +
               bytes(12, value_info("y", extents)));
}

/// y = reshape(relu(x), {1, channels, -1}): a batch of 1 is written into the file.
inline std::string reshape_model(int channels, int height, int width) {
  const auto c = static_cast<std::uint64_t>(channels);
  const std::string pattern = varint(1) + varint(c) + varint(~0ULL);
  const std::string tensor = number(1, 3) + number(2, 7) + bytes(7, pattern) + bytes(8, "pattern");
  return model(bytes(1, node("Relu", {"x"}, "r")) + bytes(1, node("Reshape", {"r", "pattern"}, "y")) + bytes(2, "g") +
               bytes(5, tensor) + bytes(11, value_info("x", {1, channels, height, width})) +
               bytes(12, value_info("y", {1, channels, height * width})));
}

}  // namespace weir::test
