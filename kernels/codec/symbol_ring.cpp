// SPDX-License-Identifier: Apache-2.0
#include "kernels/codec/symbol_ring.hpp"

namespace weir::codec {

SymbolFrame& SymbolRing::take(std::optional<std::uint64_t> spared, std::size_t planes, PlaneSize size) {
  SymbolFrame* oldest = nullptr;
  for (SymbolFrame& place : places_) {
    if (!place.frame) {
      oldest = &place;
      break;
    }
    if (place.frame == spared) continue;
    if (oldest == nullptr || *place.frame < *oldest->frame) oldest = &place;
  }
  oldest->frame.reset();
  oldest->size = size;
  oldest->symbols.resize(planes * size.count());
  return *oldest;
}

const SymbolFrame* SymbolRing::find(std::uint64_t frame) const {
  for (const SymbolFrame& place : places_) {
    if (place.frame == frame) return &place;
  }
  return nullptr;
}

void SymbolRing::clear() {
  for (SymbolFrame& place : places_) place.frame.reset();
}

void ReferencePlanes::prepare(const CodeTables& tables, const SymbolFrame& reference, std::size_t rung) {
  reference_ = &reference;
  const auto& from = tables.rungs()[reference.rung].codes;
  const auto& to = tables.rungs()[rung].codes;
  same_rung_ = reference.rung == rung;
  held_.assign(to.size(), false);
  for (std::size_t i = 0; i < to.size() && i < from.size(); ++i) held_[i] = from[i].sent() && to[i].sent();
  if (same_rung_) return;
  const std::size_t n = reference.size.count();
  symbols_.resize(to.size() * n);
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (!held_[i]) continue;
    std::array<std::uint8_t, 256> map{};
    for (std::size_t s = 0; s < from[i].values.size(); ++s) {
      map[s] = quantise_one(from[i].values[s], to[i].quantiser());
    }
    const std::uint8_t* const old = reference.symbols.data() + i * n;
    for (std::size_t k = 0; k < n; ++k) symbols_[i * n + k] = map[old[k]];
  }
}

const std::uint8_t* ReferencePlanes::plane(std::size_t i) const {
  if (reference_ == nullptr || !held_[i]) return nullptr;
  return (same_rung_ ? reference_->symbols : symbols_).data() + i * reference_->size.count();
}

}  // namespace weir::codec
