// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/codec/slice_stream.hpp"

namespace weir::codec {

/// A row of a channel that is coded against a reference, to be decoded.
struct InterRow {
  SliceStream* stream = nullptr;
  const Frequencies* rows = nullptr;        ///< of the channel's contexts
  int top = 0;                              ///< the channel's highest symbol
  const std::uint8_t* reference = nullptr;  ///< symbols of up to `top`
  const std::uint8_t* bases = nullptr;      ///< of the contexts (inter_bases())
  std::uint8_t* changes = nullptr;          ///< of the row above (0 fell, 1 stayed, 2 rose); takes this row's
  std::uint8_t* symbols = nullptr;          ///< takes the row
};

/// How many rows are decoded together at most.
inline constexpr std::size_t kRowsTogether = 4;

/// Decodes 1 to kRowsTogether rows of `width` places, each of another stream, like decode_inter_row_scalar(). Two bytes
/// for each place must be readable behind rans.next(). Those behind the stream's end are then read as they are, not as
/// zeros; SliceStream::finished() is false all the same.
void decode_inter_rows(std::span<const InterRow> rows, std::size_t width);

/// Decodes one row: the version that defines the results.
void decode_inter_row_scalar(const InterRow& row, std::size_t width);

using InterRowDecoder = decltype(&decode_inter_rows);

/// One for each instruction set that is compiled in and that this processor has; the first is used.
std::span<const InterRowDecoder> supported_inter_row_decoders();

/// For tests: decode_inter_rows() uses it from now on. Not thread-safe.
void use_inter_row_decoder(InterRowDecoder decoder);

}  // namespace weir::codec
