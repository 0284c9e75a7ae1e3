// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "kernels/codec/code_tables.hpp"
#include "kernels/codec/inter_rows.hpp"
#include "kernels/codec/message.hpp"
#include "kernels/codec/slice_encoder.hpp"
#include "kernels/codec/slice_stream.hpp"

namespace weir::codec {

/// One channel of a slice.
struct ChannelJob {
  const ChannelCode* code = nullptr;
  const std::uint8_t* reference = nullptr;  ///< symbols below code->levels, or null
  std::uint8_t* symbols = nullptr;          ///< takes the plane
};

/// One slice of a message.
struct SliceJob {
  std::span<const std::uint8_t> payload;
  std::size_t channels = 0;
  bool packed = false;  ///< one channel in packed bits, no stream
};

/// Decodes the slices of a message, several at a time: each step of a stream waits for the one before it, but not for
/// those of another stream. Keeps its memory. Thread-compatible.
class SliceDecoder {
 public:
  /// Slices with the channels of all of them, in order; the payloads lie before `readable_end`. Returns the first slice
  /// whose payload is not whole and consistent, or refers to a reference that a channel does not have; the symbols are
  /// then unspecified.
  std::optional<std::size_t> decode(std::span<const SliceJob> slices, std::span<const ChannelJob> channels,
                                    PlaneSize size, const std::uint8_t* readable_end);

 private:
  /// A slice that is being decoded: row `y` of its channel `channel` comes next.
  struct Lane {
    std::size_t slice = 0;
    std::span<const std::uint8_t> payload;
    std::span<const ChannelJob> channels;
    std::size_t channel = 0;
    SliceMode mode = SliceMode::intra;
    int y = 0;
    SliceStream stream;
    std::vector<std::uint8_t> contexts, changes;
  };

  bool open_slice(Lane& lane);
  bool open_channel(Lane& lane);
  bool go_on(Lane& lane);
  void decode_rows(std::span<Lane* const> lanes);
  InterRow inter_row(Lane& lane) const;
  void decode_intra_row(Lane& lane) const;
  void refuse(std::size_t slice);

  std::array<Lane, kRowsTogether> lanes_;
  std::array<InterRow, kRowsTogether> together_;
  // The slices that no lane has begun, with their channels.
  std::span<const SliceJob> slices_;
  std::span<const ChannelJob> channels_;
  PlaneSize size_;
  const std::uint8_t* readable_end_ = nullptr;
  std::optional<std::size_t> refused_;
};

}  // namespace weir::codec
