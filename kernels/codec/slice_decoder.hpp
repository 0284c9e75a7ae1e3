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

/// One channel of a slice.
struct ChannelJob {
  const ChannelCode* code = nullptr;
  const std::uint8_t* reference = nullptr;  ///< symbols below code->levels, or null
  std::uint8_t* symbols = nullptr;          ///< takes the plane
};

/// Decodes slices. Keeps its memory. Thread-compatible.
class SliceDecoder {
 public:
  /// Channels that share a stream. False where the payload is not whole and consistent, or refers to a reference that a
  /// channel does not have; the symbols are then unspecified.
  bool decode(std::span<const std::uint8_t> payload, std::span<const ChannelJob> channels, PlaneSize size);

  /// A channel in packed bits; the same.
  static bool unpack(std::span<const std::uint8_t> payload, const ChannelJob& channel, PlaneSize size);

 private:
  class Reader;
  void decode_inter(const ChannelJob& job, PlaneSize size, Reader& stream);
  static void decode_intra(const ChannelJob& job, PlaneSize size, Reader& stream);

  std::vector<std::uint8_t> contexts_, changes_;
};

}  // namespace weir::codec
