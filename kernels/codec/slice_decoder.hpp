// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/codec/code_tables.hpp"
#include "kernels/codec/message.hpp"
#include "kernels/codec/slice_encoder.hpp"

namespace weir::codec {

/// One slice to be decoded.
struct SliceJob {
  const ChannelCode* code = nullptr;
  SliceMode mode = SliceMode::packed;
  std::span<const std::uint8_t> payload;
  const std::uint8_t* reference = nullptr;  ///< symbols below code->levels; only for a mode that needs it
  std::uint8_t* symbols = nullptr;          ///< takes the plane; always below code->levels, even where it is corrupt
  bool good = false;                        ///< whether the payload was whole and consistent
};

/// Decodes slices. Keeps its memory. Thread-compatible.
class SliceDecoder {
 public:
  /// Writes job.symbols and job.good.
  void decode(SliceJob& job, PlaneSize size);

 private:
  class Reader;
  void decode_inter(SliceJob& job, PlaneSize size);
  void decode_intra(SliceJob& job, PlaneSize size);

  std::vector<std::uint8_t> contexts_, changes_;
};

}  // namespace weir::codec
