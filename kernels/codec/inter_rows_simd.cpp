// SPDX-License-Identifier: Apache-2.0
// Rows of several streams decoded in step, compiled once per instruction set and chosen at run time (Highway).
#include "kernels/codec/inter_rows.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/codec/inter_rows_simd.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <vector>

#include "kernels/base/cpu_features.hpp"
#include "kernels/codec/inter_steps.hpp"

HWY_BEFORE_NAMESPACE();
namespace weir::codec::HWY_NAMESPACE {
#if HWY_TARGET == HWY_SCALAR

void DecodeInterRows(std::span<const InterRow> rows, std::size_t width) {
  for (const InterRow& row : rows) decode_inter_row_scalar(row, width);
}

#else
namespace hn = hwy::HWY_NAMESPACE;

const hn::FixedTag<std::int16_t, 8> kThresholds;
const hn::FixedTag<std::uint8_t, 16> kBytes;
constexpr std::size_t kPlaces = 128;  // looked ahead at a time

static_assert(std::endian::native == std::endian::little, "words of a stream are read as they are");
static_assert(kDirectTokens == 8, "one vector has the ends of all direct tokens");

/// What is known of places before their tokens are, and what becomes of them.
struct Places {
  std::array<std::uint16_t, kPlaces> row;   // where the context's frequencies begin, but for the left neighbour
  std::array<std::uint8_t, kPlaces> kind;   // where the steps begin
  std::array<std::uint8_t, kPlaces> delta;  // symbol - reference, modulo 256
};

HWY_INLINE std::size_t Load16(const void* from) {
  std::uint16_t value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

void LookAhead(const InterRow& r, std::size_t x, std::size_t n, Places& to) {
  const std::uint8_t* const base = r.bases + x;
  const std::uint8_t* const change = r.changes + x;
  const std::uint8_t* const reference = r.reference + x;
  const auto top = static_cast<std::uint8_t>(r.top);
  for (std::size_t i = 0; i < n; ++i) {
    const auto context = static_cast<std::uint8_t>(base[i] + 3 * change[i]);
    to.row[i] = static_cast<std::uint16_t>(context * sizeof(Frequencies));
  }
  for (std::size_t i = 0; i < n; ++i) to.kind[i] = kind_of(reference[i], top);
}

void Finish(const InterRow& r, std::size_t x, std::size_t n, const Places& places) {
  const std::uint8_t* const reference = r.reference + x;
  std::uint8_t* const symbol = r.symbols + x;
  std::uint8_t* const change = r.changes + x;
  for (std::size_t i = 0; i < n; ++i) {
    const auto s = static_cast<std::uint8_t>(places.delta[i] + reference[i]);
    symbol[i] = s;
    change[i] = static_cast<std::uint8_t>(1 + (s > reference[i] ? 1 : 0) - (s < reference[i] ? 1 : 0));
  }
}

constexpr std::intptr_t kNone = -1;

/// How many bytes behind `thresholds` the first of eight lies that is above the slot, or kNone.
HWY_INLINE std::intptr_t FirstAbove(const std::uint8_t* thresholds, std::uint32_t slot) {
  const auto above = hn::Gt(hn::LoadU(kThresholds, reinterpret_cast<const std::int16_t*>(thresholds)),
                            hn::Set(kThresholds, static_cast<std::int16_t>(slot)));
  return hn::FindFirstTrue(kBytes, hn::MaskFromVec(hn::BitCast(kBytes, hn::VecFromMask(kThresholds, above))));
}

constexpr unsigned kRareBits = 16;

/// The step of a token that is not direct, with the token's offset in the row above kRareBits.
HWY_NOINLINE std::size_t RareStep(const InterRow& r, const std::uint8_t* row, std::uint32_t slot, std::size_t x) {
  std::size_t token = kDirectTokens;
  while (slot >= Load16(row + 2 * (token + 1))) ++token;
  const int predicted = r.reference[x];
  const int rank = r.stream->rank_of_token(static_cast<int>(token), r.top);
  return make_step(symbol_of(rank, predicted, r.top) - predicted) | (2 * token) << kRareBits;
}

/// Where a row's stream is. Small enough for the registers to hold several.
struct Cursor {
  std::uint32_t state;
  const std::uint8_t* next;
  std::size_t left = make_step(0) >> kStepBits;

  explicit Cursor(const InterRow& row) : state(row.stream->rans.state()), next(row.stream->rans.next()) {}

  /// Decodes the place x of the row, which is the i-th of `places`. Nothing but rare tokens is left to a branch: which
  /// token comes is what the processor can guess least.
  HWY_INLINE void Take(const InterRow& r, Places& places, std::size_t x, std::size_t i) {
    const auto* const row = reinterpret_cast<const std::uint8_t*>(r.rows) + places.row[i] + left;
    const std::uint32_t slot = state & (kFrequencySum - 1);
    const std::intptr_t found = FirstAbove(row + 2, slot);
    auto offset = static_cast<std::size_t>(found);
    std::size_t step = 0;
    if (found == kNone) [[unlikely]] {
      step = RareStep(r, row, slot, x);
      offset = step >> kRareBits;
    } else {
      step = Load16(reinterpret_cast<const std::uint8_t*>(kSteps.data()) + places.kind[i] + offset);
    }
    const auto start = static_cast<std::uint32_t>(Load16(row + offset));
    const auto end = static_cast<std::uint32_t>(Load16(row + offset + 2));
    const auto word = static_cast<std::uint32_t>(Load16(next));
    const std::uint32_t s = (end - start) * (state >> kFrequencyBits) + slot - start;
    const unsigned taken = s < kRansStart ? 16 : 0;
    next += taken / 8;
    state = s << taken | (taken != 0 ? word : 0);
    places.delta[i] = static_cast<std::uint8_t>(step);
    left = (step >> kStepBits) & 0xFF;
  }
};

/// The steps of one stream wait for each other, those of several do not.
template <typename... Rows>
void Together(std::size_t width, const Rows&... rows) {
  std::array<Places, sizeof...(rows)> places;
  const auto decode = [&](auto... cursors) HWY_ATTR {
    for (std::size_t x = 0; x < width; x += kPlaces) {
      const std::size_t n = std::min(kPlaces, width - x);
      std::size_t k = 0;
      (LookAhead(rows, x, n, places[k++]), ...);
      for (std::size_t i = 0; i < n; ++i) {
        k = 0;
        (cursors.Take(rows, places[k++], x + i, i), ...);
      }
      k = 0;
      (Finish(rows, x, n, places[k++]), ...);
    }
    (rows.stream->rans.resume(cursors.state, cursors.next), ...);
  };
  decode(Cursor(rows)...);
}

void DecodeInterRows(std::span<const InterRow> rows, std::size_t width) {
  switch (rows.size()) {
    case 1:
      return Together(width, rows[0]);
    case 2:
      return Together(width, rows[0], rows[1]);
    case 3:
      return Together(width, rows[0], rows[1], rows[2]);
    default:
      return Together(width, rows[0], rows[1], rows[2], rows[3]);
  }
}

#endif
}  // namespace weir::codec::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace weir::codec {
namespace {

std::vector<InterRowDecoder> find_decoders() {
  std::vector<InterRowDecoder> found;
#if HWY_TARGETS & HWY_AVX3
  if (has_avx3()) found.push_back(&N_AVX3::DecodeInterRows);
#endif
#if HWY_TARGETS & HWY_AVX2
  if (has_avx2()) found.push_back(&N_AVX2::DecodeInterRows);
#endif
#if HWY_TARGETS & HWY_SSE4
  if (has_sse4()) found.push_back(&N_SSE4::DecodeInterRows);
#endif
#if HWY_TARGETS & HWY_SSSE3
  if (has_ssse3()) found.push_back(&N_SSSE3::DecodeInterRows);
#endif
  found.push_back(&HWY_STATIC_DISPATCH(DecodeInterRows));  // what every processor has that the compiler was told of
  return found;
}

InterRowDecoder& used() {
  static InterRowDecoder decoder = supported_inter_row_decoders().front();
  return decoder;
}

}  // namespace

std::span<const InterRowDecoder> supported_inter_row_decoders() {
  static const std::vector<InterRowDecoder> decoders = find_decoders();
  return decoders;
}

void use_inter_row_decoder(InterRowDecoder decoder) { used() = decoder; }

void decode_inter_rows(std::span<const InterRow> rows, std::size_t width) { used()(rows, width); }

}  // namespace weir::codec
#endif
