// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/codec/code_tables.hpp"
#include "kernels/codec/contexts.hpp"
#include "kernels/codec/slice_encoder.hpp"

namespace weir::codec {

/// How often each token came in each context of one channel; the making of a ContextTable. Thread-compatible.
class TokenCounts {
 public:
  explicit TokenCounts(std::span<const std::uint8_t> bins, int levels);

  /// Counts a plane as SliceEncoder would code it, against a reference or, when that is null, without one.
  void add(const std::uint8_t* symbols, const std::uint8_t* reference, PlaneSize size);

  bool empty() const { return empty_; }

  /// Contexts that came rarely share the row of their bin, the others lean on it.
  ContextTable table() const;

 private:
  using Row = std::array<double, kTokens>;

  void count(int predicted, int context, int symbol);

  std::span<const std::uint8_t> bins_;
  int levels_;
  std::vector<Row> rows_;
  bool empty_ = true;
  std::vector<std::uint8_t> bends_;
};

}  // namespace weir::codec
