// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/codec/code_tables.hpp"
#include "kernels/codec/message.hpp"

namespace weir::codec {

/// Height and width of a channel.
struct PlaneSize {
  int height = 0, width = 0;
  std::size_t count() const { return static_cast<std::size_t>(height) * static_cast<std::size_t>(width); }
};

/// The frequencies that a mode codes with; not for SliceMode::packed.
const ContextTable& table_of(const ChannelCode& code, SliceMode mode);

/// The part of an inter context that the reference alone decides, at every place: its bin and bend; the border repeats.
void inter_bases(const ChannelCode& code, const std::uint8_t* reference, PlaneSize size, std::uint8_t* out);

/// Writes channels as slices: mode, check sum, length (varint), then the rANS words in the order of reading, then the
/// extra bits from the last byte backwards. Keeps its memory. Thread-compatible.
class SliceEncoder {
 public:
  /// No slice of that size takes more while it is made.
  static std::size_t most_bytes(PlaneSize size) { return 3 * size.count() + 16; }

  /// Appends one slice. `symbols` are below code.levels, as are those of `reference`, which may be null for a mode that
  /// needs none.
  void encode(const ChannelCode& code, SliceMode mode, const std::uint8_t* symbols, const std::uint8_t* reference,
              PlaneSize size, std::vector<std::uint8_t>& out);

 private:
  void plan_inter(const ChannelCode& code, const std::uint8_t* symbols, const std::uint8_t* reference, PlaneSize size);
  void plan_intra(const ChannelCode& code, const std::uint8_t* symbols, PlaneSize size);
  void ranks_to_tokens(int levels);
  void put_coded(const ContextTable& table, std::vector<std::uint8_t>& out);
  void put_packed(const ChannelCode& code, const std::uint8_t* symbols, std::size_t n, std::vector<std::uint8_t>& out);

  std::vector<std::uint8_t> contexts_, tokens_;  // of every symbol
  std::vector<std::uint16_t> words_;
  std::vector<std::uint8_t> changes_;
  std::vector<std::uint8_t> extra_;  // bytes of extra bits, in the order of reading
  std::uint32_t pending_ = 0;        // extra bits not yet a byte
  int pending_bits_ = 0;
  std::size_t payload_ = 0;  // bytes of the slice written last, behind its length
};

}  // namespace weir::codec
