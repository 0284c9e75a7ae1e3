// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "kernels/base/time.hpp"
#include "transport/wire/frame_header.hpp"

namespace weir {

/// Bytes and what keeps them alive; copying shares them.
struct Bytes {
  std::span<const std::uint8_t> view;
  std::shared_ptr<const void> keeper;
};

/// A body to be sent: pieces in order, tensors by reference. What the pieces refer to must not change until the last
/// copy is gone.
struct Body {
  std::vector<Bytes> pieces;
  std::size_t bytes = 0;  ///< of all pieces

  void append(Bytes piece) {
    if (piece.view.empty()) return;
    bytes += piece.view.size();
    pieces.push_back(std::move(piece));
  }
};

/// A message on its way out. The link fills in body_bytes, and body_check where it checks bodies.
struct OutMessage {
  FrameHeader header;
  std::shared_ptr<const Body> body{};  ///< null: none
};

/// A message that came in; its header and, where flagged, its body's check were found right. Its body is one piece of
/// memory, aligned to 64 bytes, that lives as long as `body.keeper`.
struct InMessage {
  FrameHeader header;
  Bytes body;
};

}  // namespace weir
