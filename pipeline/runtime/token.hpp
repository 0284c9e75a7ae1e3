// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "pipeline/packet.hpp"
#include "pipeline/reason.hpp"

namespace weir {

/// What crosses an edge: a packet of one frame, a gap over one or more frames, or the end of the stream (runtime
/// semantics, section 1).
struct Token {
  enum class Kind : std::uint8_t { packet, gap, end };

  Kind kind = Kind::gap;
  StreamId stream = 0;
  std::uint64_t first = 0;  ///< frame; for a gap the first one it covers, for an end the number of frames
  std::uint64_t last = 0;   ///< the last frame covered; equals first unless a gap
  Reason reason;            ///< gaps only
  Packet packet;            ///< packets only

  static Token of(Packet packet, StreamId stream, std::uint64_t frame) {
    return {Kind::packet, stream, frame, frame, {}, std::move(packet)};
  }
  static Token gap(StreamId stream, std::uint64_t first, std::uint64_t last, Reason reason) {
    return {Kind::gap, stream, first, last, reason, {}};
  }
  static Token end(StreamId stream, std::uint64_t frames) { return {Kind::end, stream, frames, frames, {}, {}}; }
};

}  // namespace weir
