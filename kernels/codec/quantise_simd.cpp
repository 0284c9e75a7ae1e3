// SPDX-License-Identifier: Apache-2.0
// The operations of quantise.hpp, compiled once per instruction set and chosen at run time (Highway).
#include "kernels/codec/quantise.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/codec/quantise_simd.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <vector>

#include "kernels/base/cpu_features.hpp"
#include "kernels/codec/contexts.hpp"

HWY_BEFORE_NAMESPACE();
namespace weir::codec::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

const hn::ScalableTag<float> kFloat;
const hn::Rebind<std::uint8_t, decltype(kFloat)> kByte;
const hn::Rebind<std::int32_t, decltype(kFloat)> kInt;
using Floats = hn::Vec<decltype(kFloat)>;

// As position() of quantise.cpp: comparisons, not minimum and maximum, whose NaN differs between machines.
HWY_INLINE Floats position(const float* in, Floats low, Floats inverse, Floats top) {
  const auto p = hn::Mul(hn::Sub(hn::LoadU(kFloat, in), low), inverse);
  const auto above = hn::IfThenElseZero(hn::Ge(p, hn::Zero(kFloat)), p);
  return hn::IfThenElse(hn::Le(above, top), above, top);
}

HWY_INLINE void store(Floats position, std::uint8_t* out) {
  hn::StoreU(hn::DemoteTo(kByte, hn::NearestInt(position)), kByte, out);
}

void Quantise(const float* in, std::size_t n, const Quantiser& q, std::uint8_t* out) {
  const auto low = hn::Set(kFloat, q.low), inverse = hn::Set(kFloat, q.inverse_step);
  const auto top = hn::Set(kFloat, static_cast<float>(q.top));
  const std::size_t lanes = hn::Lanes(kFloat);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) store(position(in + i, low, inverse, top), out + i);
  quantise_scalar(in + i, n - i, q, out + i);
}

void QuantiseHeld(const float* in, const std::uint8_t* held, std::size_t n, const Quantiser& q, float reach,
                  std::uint8_t* out) {
  const auto low = hn::Set(kFloat, q.low), inverse = hn::Set(kFloat, q.inverse_step);
  const auto top = hn::Set(kFloat, static_cast<float>(q.top)), within = hn::Set(kFloat, reach);
  const std::size_t lanes = hn::Lanes(kFloat);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto p = position(in + i, low, inverse, top);
    const auto h = hn::ConvertTo(kFloat, hn::PromoteTo(kInt, hn::LoadU(kByte, held + i)));
    store(hn::IfThenElse(hn::Lt(hn::Abs(hn::Sub(p, h)), within), h, p), out + i);
  }
  quantise_held_scalar(in + i, held + i, n - i, q, reach, out + i);
}

std::size_t CountChanges(const std::uint8_t* a, const std::uint8_t* b, std::size_t n) {
  const hn::ScalableTag<std::uint8_t> bytes;
  const std::size_t lanes = hn::Lanes(bytes);
  std::size_t changes = 0, i = 0;
  for (; i + lanes <= n; i += lanes) {
    changes += lanes - hn::CountTrue(bytes, hn::Eq(hn::LoadU(bytes, a + i), hn::LoadU(bytes, b + i)));
  }
  return changes + count_changes_scalar(a + i, b + i, n - i);
}

void LookUpAdd(const std::uint8_t* symbols, std::size_t n, std::span<const std::uint8_t, kLookUpTable> table,
               std::uint8_t* sums) {
  std::size_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::ScalableTag<std::uint8_t> bytes;
  const std::size_t lanes = hn::Lanes(bytes);
  alignas(kLookUpTable) std::array<std::uint8_t, kLookUpTable> aligned{};
  std::ranges::copy(table, aligned.begin());
  const auto entries = hn::LoadDup128(bytes, aligned.data());
  for (; i + lanes <= n; i += lanes) {
    const auto looked = hn::TableLookupBytes(entries, hn::LoadU(bytes, symbols + i));
    hn::StoreU(hn::Add(hn::LoadU(bytes, sums + i), looked), bytes, sums + i);
  }
#endif
  look_up_add_scalar(symbols + i, n - i, table, sums + i);
}

void Bends(const std::uint8_t* at, const std::uint8_t* upper, const std::uint8_t* lower, std::size_t n,
           std::uint8_t* out) {
  const hn::ScalableTag<std::int16_t> wide;
  const hn::Rebind<std::uint8_t, decltype(wide)> bytes;
  const auto load = [&](const std::uint8_t* from) HWY_ATTR { return hn::PromoteTo(wide, hn::LoadU(bytes, from)); };
  const auto some = [&](std::size_t i) HWY_ATTR {
    const auto around = hn::Add(hn::Add(load(at + i - 1), load(at + i + 1)), hn::Add(load(upper + i), load(lower + i)));
    const auto more = hn::Sub(around, hn::ShiftLeft<2>(load(at + i)));
    const auto above = hn::IfThenElseZero(hn::Gt(more, hn::Set(wide, 1)), hn::Set(wide, kBend));
    const auto below = hn::IfThenElseZero(hn::Lt(more, hn::Set(wide, -1)), hn::Set(wide, kBend));
    hn::StoreU(hn::DemoteTo(bytes, hn::Sub(hn::Add(hn::Set(wide, kBend), above), below)), bytes, out + i);
  };
  const std::size_t lanes = hn::Lanes(wide);
  if (n < lanes) return bends_scalar(at, upper, lower, n, out);
  for (std::size_t i = 0; i + lanes <= n; i += lanes) some(i);
  some(n - lanes);
}

const QuantiseOperations kOperations{&Quantise, &QuantiseHeld, &CountChanges, &LookUpAdd, &Bends};

}  // namespace weir::codec::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace weir::codec {
namespace {

std::vector<const QuantiseOperations*> find_operations() {
  std::vector<const QuantiseOperations*> found;
#if HWY_TARGETS & HWY_AVX3
  if (has_avx3()) found.push_back(&N_AVX3::kOperations);
#endif
#if HWY_TARGETS & HWY_AVX2
  if (has_avx2()) found.push_back(&N_AVX2::kOperations);
#endif
#if HWY_TARGETS & HWY_SSE4
  if (has_sse4()) found.push_back(&N_SSE4::kOperations);
#endif
#if HWY_TARGETS & HWY_SSSE3
  if (has_ssse3()) found.push_back(&N_SSSE3::kOperations);
#endif
  found.push_back(&HWY_STATIC_DISPATCH(kOperations));  // what every processor has that the compiler was told of
  return found;
}

const QuantiseOperations*& used() {
  static const QuantiseOperations* operations = supported_quantise_operations().front();
  return operations;
}

}  // namespace

std::span<const QuantiseOperations* const> supported_quantise_operations() {
  static const std::vector<const QuantiseOperations*> operations = find_operations();
  return operations;
}

void use_quantise_operations(const QuantiseOperations& operations) { used() = &operations; }

void quantise(const float* in, std::size_t n, const Quantiser& q, std::uint8_t* out) {
  used()->quantise(in, n, q, out);
}
void quantise_held(const float* in, const std::uint8_t* held, std::size_t n, const Quantiser& q, float reach,
                   std::uint8_t* out) {
  used()->quantise_held(in, held, n, q, reach, out);
}
std::size_t count_changes(const std::uint8_t* a, const std::uint8_t* b, std::size_t n) {
  return used()->count_changes(a, b, n);
}
void look_up_add(const std::uint8_t* symbols, std::size_t n, std::span<const std::uint8_t, kLookUpTable> table,
                 std::uint8_t* sums) {
  used()->look_up_add(symbols, n, table, sums);
}
void bends(const std::uint8_t* at, const std::uint8_t* upper, const std::uint8_t* lower, std::size_t n,
           std::uint8_t* out) {
  used()->bends(at, upper, lower, n, out);
}

}  // namespace weir::codec
#endif
