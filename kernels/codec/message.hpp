// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/base/status.hpp"

namespace weir::codec {

inline constexpr std::uint32_t kMessageMagic = 0x4D434657;  ///< "WFCM"
inline constexpr std::uint8_t kMessageVersion = 2;
inline constexpr std::size_t kHeaderBytes = 44;
/// About what a slice takes beyond its symbols: channels, check sum, length, modes, and half of the coder's state.
inline constexpr std::size_t kSliceOverhead = 8;
/// A slice ends with the channel by which it has this many bytes, at `places` in a plane.
constexpr std::size_t slice_bytes(std::size_t places) { return places / 2; }

/// What stands before the slices of a message. Frames are numbers that the encoder's caller gives.
struct Header {
  std::uint8_t rung = 0;
  std::uint64_t table_id = 0, model_hash = 0;
  std::uint64_t frame = 0;
  std::uint32_t back = 0;                             ///< the reference is frame - back; 0: a key tensor
  std::uint16_t channels = 0, height = 0, width = 0;  ///< of the whole tensor
  std::uint16_t sent = 0;                             ///< channels that the encoder wrote
};

/// How the symbols of a channel are written.
enum class SliceMode : std::uint8_t {
  packed,  ///< bits as they are, in a slice of its own: where coding would take more
  intra,   ///< predicted from the neighbours
  still,   ///< against the reference, with the frequencies of little change
  moving,  ///< against the reference, with those of much
};
inline constexpr int kModeBits = 2;
inline constexpr unsigned kModeMask = 3;
inline constexpr std::size_t kModesPerByte = 4;
inline constexpr std::size_t kMostSliceChannels = 255;

constexpr bool needs_reference(SliceMode mode) { return mode == SliceMode::still || mode == SliceMode::moving; }

/// Two bytes over the number of channels and payload of a slice. The coder's end state tells most errors, but not one
/// rare token for another.
std::uint16_t slice_check(std::uint8_t channels, std::span<const std::uint8_t> payload);

/// Appends kHeaderBytes.
void put_header(std::vector<std::uint8_t>& out, const Header& header);

/// Replaces `ends` by where the whole slices of a message end, counted from its first byte: each prefix up to one of
/// them can be decoded. None for what is no message.
void slice_ends(std::span<const std::uint8_t> message, std::vector<std::size_t>& ends);

/// Reads the header. Code::corrupt says whether magic, version, length or check sum is wrong.
Result<Header> get_header(std::span<const std::uint8_t> message);

}  // namespace weir::codec
