// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
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

/// Writes the channels of a message as slices (docs/codec.md): consecutive channels share one rANS stream until it has
/// slice_bytes(). They are given last one first, because the coder works backwards. Keeps its memory.
/// Thread-compatible.
class SliceEncoder {
 public:
  /// Begins a message of at most that many channels.
  void start(PlaneSize size, std::size_t channels);

  /// Puts a channel in front of those given before, in the mode that takes the least bytes. `symbols` are below
  /// code.levels, as are those of `reference`, which may be null.
  void add(const ChannelCode& code, const std::uint8_t* symbols, const std::uint8_t* reference);

  /// No message that was begun like this one has longer slices.
  std::size_t most_bytes() const { return body_.size(); }

  /// All slices in the order of reading; borrowed until the next start().
  std::span<const std::uint8_t> finish();

 private:
  /// A channel coded in one mode, in front of what the stream holds.
  struct Trial {
    SliceMode mode = SliceMode::intra;
    std::uint32_t state = 0;
    std::vector<std::uint16_t> space;
    std::span<const std::uint16_t> words;
    std::vector<std::uint8_t> extra;  // bytes of extra bits, in the order of reading

    std::size_t bytes() const { return 2 * words.size() + extra.size(); }
  };

  void plan_inter(const ChannelCode& code, const std::uint8_t* symbols, const std::uint8_t* reference);
  void plan_intra(const ChannelCode& code, const std::uint8_t* symbols);
  void ranks_to_tokens(int levels, std::vector<std::uint8_t>& extra);
  void encode(const ChannelCode& code, SliceMode mode, const std::uint8_t* symbols, const std::uint8_t* reference,
              Trial& trial);
  void take(const Trial& trial);
  void put_packed(const ChannelCode& code, const std::uint8_t* symbols);
  void close();
  std::uint8_t* make_room(std::size_t bytes);
  void put_head(std::uint8_t channels, std::size_t payload);

  PlaneSize size_;
  std::vector<std::uint8_t> contexts_, tokens_, changes_;  // of every symbol
  Trial first_, second_;
  // The slice that is open.
  std::vector<SliceMode> modes_;  // the last channel first
  std::uint32_t state_ = 0;
  std::vector<std::uint16_t> words_;  // from word_at_ on
  std::size_t word_at_ = 0;
  std::vector<std::uint8_t> extra_;  // as it will stand in the payload
  // Slices that are whole, from at_ on.
  std::vector<std::uint8_t> body_;
  std::size_t at_ = 0;
};

}  // namespace weir::codec
