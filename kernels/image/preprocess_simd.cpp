// SPDX-License-Identifier: Apache-2.0
// The row operations of preprocess.cpp, compiled once per instruction set and chosen at run time (Highway).
#include "kernels/image/preprocess_rows.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/image/preprocess_simd.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

#include <vector>

#include "kernels/base/cpu_features.hpp"

HWY_BEFORE_NAMESPACE();
namespace weir::rows::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

const hn::ScalableTag<float> kFloat;
const hn::Rebind<std::uint8_t, decltype(kFloat)> kByte;
const hn::Rebind<std::int32_t, decltype(kFloat)> kInt;
const hn::ScalableTag<std::int16_t> kShort;
const hn::Rebind<std::uint8_t, decltype(kShort)> kShortByte;

// (a << 7) + (((b - a) << 7) * weight >> 15), rounded: 255 << 7 still fits 16 bits.
void Blend(const std::uint8_t* upper, const std::uint8_t* lower, std::int16_t weight, std::size_t n,
           std::int16_t* out) {
  const auto w = hn::Set(kShort, weight);
  const std::size_t lanes = hn::Lanes(kShort);
  const auto step = [&](std::size_t i) HWY_ATTR {
    const auto a = hn::PromoteTo(kShort, hn::LoadU(kShortByte, upper + i));
    const auto b = hn::PromoteTo(kShort, hn::LoadU(kShortByte, lower + i));
    const auto rise = hn::MulFixedPoint15(hn::ShiftLeft<kValueBits>(hn::Sub(b, a)), w);
    hn::StoreU(hn::Add(hn::ShiftLeft<kValueBits>(a), rise), kShort, out + i);
  };
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) step(i);
  if (i < n && n >= lanes) return step(n - lanes);  // overlaps the last whole vector: the same values again
  for (; i < n; ++i) {
    const int rise = ((lower[i] - upper[i]) * (1 << kValueBits) * weight + (1 << 14)) >> 15;
    out[i] = static_cast<std::int16_t>((upper[i] << kValueBits) + rise);
  }
}

void Triple(const std::int16_t* gray, std::size_t n, std::int16_t* out) {
  const std::size_t lanes = hn::Lanes(kShort);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto v = hn::LoadU(kShort, gray + i);
    hn::StoreInterleaved3(v, v, v, kShort, out + 3 * i);
  }
  for (; i < n; ++i) out[3 * i] = out[3 * i + 1] = out[3 * i + 2] = gray[i];
}

#if HWY_TARGET != HWY_SCALAR
#if HWY_ARCH_X86
using Pixels = hn::ScalableTag<std::int32_t>;  // 1, 2 or 4 blocks of 16 bytes; every block does the same
#else
using Pixels = hn::FixedTag<std::int32_t, 4>;
#endif

// Eight values from row + column[4 * block] in every block: both neighbours of all channels of one pixel, because
// neighbours adjoin. Plain loads are cheaper than gathering.
template <class D>
HWY_INLINE hn::Vec<D> load_blocks(D d, const std::int16_t* row, const std::int32_t* column) {
  if constexpr (hn::MaxLanes(D()) == 8) {
    return hn::LoadU(d, row + *column);
  } else {
    const hn::Half<D> half;
    return hn::Combine(d, load_blocks(half, row, column + hn::MaxLanes(D()) / 4), load_blocks(half, row, column));
  }
}

// left * weight + right * weight' of (blue, green, red, unused) per block; `weights` holds both as 16-bit halves.
template <class D>
HWY_INLINE hn::Vec<D> two_taps(D d, const std::int16_t* row, const std::int32_t* column, hn::Vec<D> weights) {
  const hn::Repartition<std::int16_t, D> d16;
#if HWY_ARCH_X86 && HWY_TARGET != HWY_EMU128
  alignas(16) static constexpr std::uint8_t kPair[16] = {0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11, 6, 7, 12, 13};
  const hn::Repartition<std::uint8_t, D> d8;
  const auto pairs = hn::TableLookupBytes(load_blocks(d16, row, column), hn::BitCast(d16, hn::LoadDup128(d8, kPair)));
  auto unused = hn::Zero(d);  // x86 sums adjacent products, all into the first accumulator
  return hn::ReorderWidenMulAccumulate(d, pairs, hn::BitCast(d16, weights), hn::Zero(d), unused);
#else
  const hn::Rebind<std::int16_t, D> d16_half;
  const auto left = hn::PromoteTo(d, hn::LoadU(d16_half, row + *column));
  const auto right = hn::PromoteTo(d, hn::LoadU(d16_half, row + *column + 3));
  const auto left_weight = hn::ShiftRight<16>(hn::ShiftLeft<16>(weights)), right_weight = hn::ShiftRight<16>(weights);
  (void)d16;
  return hn::Add(hn::Mul(left, left_weight), hn::Mul(right, right_weight));
#endif
}
#endif

void Sample(const std::int16_t* row, const std::int32_t* column, const std::int32_t* weights, std::size_t n,
            const Channels& scale, const Channels& bias, const Planes& out) {
  std::size_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  const Pixels d;
  const hn::Rebind<float, Pixels> df;
  const hn::Repartition<std::int64_t, Pixels> d64;
  const auto s0 = hn::Set(df, scale[0]), s1 = hn::Set(df, scale[1]), s2 = hn::Set(df, scale[2]);
  const auto b0 = hn::Set(df, bias[0]), b1 = hn::Set(df, bias[1]), b2 = hn::Set(df, bias[2]);
  const std::size_t lanes = hn::Lanes(d);
  for (; i + lanes <= n; i += lanes) {
    // Block k works on pixels i + 4k ... i + 4k + 3, one per step; then each block is transposed into planes.
    const auto w = hn::LoadU(d, weights + i);
    const auto p0 = two_taps(d, row, column + i, hn::Broadcast<0>(w));
    const auto p1 = two_taps(d, row, column + i + 1, hn::Broadcast<1>(w));
    const auto p2 = two_taps(d, row, column + i + 2, hn::Broadcast<2>(w));
    const auto p3 = two_taps(d, row, column + i + 3, hn::Broadcast<3>(w));
    const auto low01 = hn::BitCast(d64, hn::InterleaveLower(d, p0, p1));
    const auto low23 = hn::BitCast(d64, hn::InterleaveLower(d, p2, p3));
    const auto high01 = hn::BitCast(d64, hn::InterleaveUpper(d, p0, p1));
    const auto high23 = hn::BitCast(d64, hn::InterleaveUpper(d, p2, p3));
    const auto v0 = hn::ConvertTo(df, hn::BitCast(d, hn::InterleaveLower(d64, low01, low23)));
    const auto v1 = hn::ConvertTo(df, hn::BitCast(d, hn::InterleaveUpper(d64, low01, low23)));
    const auto v2 = hn::ConvertTo(df, hn::BitCast(d, hn::InterleaveLower(d64, high01, high23)));
    hn::StoreU(hn::MulAdd(v0, s0, b0), df, out[0] + i);
    hn::StoreU(hn::MulAdd(v1, s1, b1), df, out[1] + i);
    hn::StoreU(hn::MulAdd(v2, s2, b2), df, out[2] + i);
  }
#endif
  for (; i < n; ++i) {
    const std::int16_t* const p = row + column[i];
    const int left = static_cast<std::int16_t>(weights[i] & 0xFFFF), right = weights[i] >> 16;
    for (std::size_t c = 0; c < 3; ++c) {
      out[c][i] = static_cast<float>(p[c] * left + p[c + 3] * right) * scale[c] + bias[c];
    }
  }
}

std::uint8_t round_byte(float value) {
  return static_cast<std::uint8_t>(value <= 0 ? 0 : value >= 255 ? 255 : static_cast<int>(value + 0.5F));
}

HWY_INLINE hn::Vec<decltype(kByte)> bytes(const float* p) {
  const auto rounded = hn::Add(hn::LoadU(kFloat, p), hn::Set(kFloat, 0.5F));
  return hn::DemoteTo(kByte, hn::ConvertTo(kInt, rounded));
}

void ToBytes(const float* in, std::size_t n, std::uint8_t* out) {
  const std::size_t lanes = hn::Lanes(kFloat);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) hn::StoreU(bytes(in + i), kByte, out + i);
  for (; i < n; ++i) out[i] = round_byte(in[i]);
}

void ToInterleavedBytes(const ConstPlanes& in, std::size_t n, std::uint8_t* out) {
  const std::size_t lanes = hn::Lanes(kFloat);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    hn::StoreInterleaved3(bytes(in[0] + i), bytes(in[1] + i), bytes(in[2] + i), kByte, out + 3 * i);
  }
  for (; i < n; ++i) {
    for (std::size_t c = 0; c < 3; ++c) out[3 * i + c] = round_byte(in[c][i]);
  }
}

const Operations kOperations{&Blend, &Triple, &Sample, &ToBytes, &ToInterleavedBytes};

}  // namespace weir::rows::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace weir::rows {
namespace {

std::vector<const Operations*> find_operations() {
  std::vector<const Operations*> found;
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

const Operations*& used() {
  static const Operations* operations = supported_operations().front();
  return operations;
}

}  // namespace

std::span<const Operations* const> supported_operations() {
  static const std::vector<const Operations*> operations = find_operations();
  return operations;
}

void use_operations(const Operations& operations) { used() = &operations; }

void blend(const std::uint8_t* upper, const std::uint8_t* lower, std::int16_t weight, std::size_t n,
           std::int16_t* out) {
  used()->blend(upper, lower, weight, n, out);
}
void triple(const std::int16_t* gray, std::size_t n, std::int16_t* out) { used()->triple(gray, n, out); }
void sample(const std::int16_t* row, const std::int32_t* column, const std::int32_t* weights, std::size_t n,
            const Channels& scale, const Channels& bias, const Planes& out) {
  used()->sample(row, column, weights, n, scale, bias, out);
}
void to_bytes(const float* in, std::size_t n, std::uint8_t* out) { used()->to_bytes(in, n, out); }
void to_interleaved_bytes(const ConstPlanes& in, std::size_t n, std::uint8_t* out) {
  used()->to_interleaved_bytes(in, n, out);
}

}  // namespace weir::rows
#endif
