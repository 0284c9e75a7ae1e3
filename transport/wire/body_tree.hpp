// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/base/status.hpp"
#include "transport/wire/body_reader.hpp"

namespace weir {

/// One value of a body. The children of a container lie side by side; those of a map are key, value, key, value.
struct BodyNode {
  BodyValue::Kind kind = BodyValue::Kind::nothing;
  bool negative = false;   ///< of an integer: `integer` holds it, else `natural`
  std::uint32_t size = 0;  ///< bytes, items or entries
  union {
    std::uint64_t natural = 0;
    std::int64_t integer;
    double number;
    const char* bytes;
    std::size_t first;  ///< place of the first child, while the tree is made
    const BodyNode* children;
  };
  const BodyNode* parent = nullptr;

  std::size_t child_count() const {
    if (kind == BodyValue::Kind::array) return size;
    return kind == BodyValue::Kind::map ? std::size_t{2} * size : 0;
  }
};

/// Reads a whole body into nodes, the root last. The nodes refer to the input and to each other.
Result<std::vector<BodyNode>> read_body_tree(std::span<const std::uint8_t> input, const BodyLimits& limits);

}  // namespace weir
