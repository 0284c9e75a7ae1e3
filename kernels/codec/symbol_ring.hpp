// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "kernels/codec/code_tables.hpp"
#include "kernels/codec/slice_encoder.hpp"

namespace weir::codec {

/// The symbols of one frame: those of channel order()[i] begin at i * size.count().
struct SymbolFrame {
  std::optional<std::uint64_t> frame;  ///< none: free
  std::size_t rung = 0;
  PlaneSize size;
  std::vector<std::uint8_t> symbols;
};

/// The last frames of a stream as symbols; what is needed to refer to one. Bounded, keeps its memory. Both sides of a
/// link keep one. Thread-compatible.
class SymbolRing {
 public:
  static constexpr std::size_t kDepth = 16;

  /// The oldest place, but not that of `spared`, emptied and sized for `planes` planes.
  SymbolFrame& take(std::optional<std::uint64_t> spared, std::size_t planes, PlaneSize size);

  /// The place of that frame, or null.
  const SymbolFrame* find(std::uint64_t frame) const;

  void clear();

 private:
  std::array<SymbolFrame, kDepth> places_;
};

/// A reference in the symbols of the rung that is coded now: the same planes where the rung is the same, else what the
/// decoded values quantise to. Both sides do this with the same arithmetic. Thread-compatible.
class ReferencePlanes {
 public:
  void prepare(const CodeTables& tables, const SymbolFrame& reference, std::size_t rung);

  /// There is no reference at all.
  void clear() { reference_ = nullptr; }

  /// The plane of the i-th channel of the order, or null where the reference does not hold that channel. Valid until
  /// the next prepare() and while the reference lives.
  const std::uint8_t* plane(std::size_t i) const;

 private:
  const SymbolFrame* reference_ = nullptr;
  bool same_rung_ = false;
  std::vector<bool> held_;
  std::vector<std::uint8_t> symbols_;
};

}  // namespace weir::codec
