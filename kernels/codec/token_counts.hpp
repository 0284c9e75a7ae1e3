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
  explicit TokenCounts(const ChannelCode& code);  ///< which has levels and bins, and must outlive this

  /// Counts a plane as SliceEncoder would code it, against a reference or, when that is null, without one.
  void add(const std::uint8_t* symbols, const std::uint8_t* reference, PlaneSize size);

  bool empty() const { return empty_; }

  /// Contexts that came rarely share the row of their bin, the others lean on it.
  ContextTable table() const;

 private:
  using Row = std::array<double, kTokens>;

  void count(std::size_t row, int predicted, int symbol);

  const ChannelCode& code_;
  std::vector<Row> rows_;
  bool empty_ = true;
  std::vector<std::uint8_t> bases_;
};

}  // namespace weir::codec
