// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "kernels/control/ladder.hpp"
#include "pipeline/packet.hpp"

namespace weir {

/// The rung of the rate ladder that one frame is sent with (design section 3, "setup").
struct Setup {
  std::int32_t rung = -1;  ///< of the ladder; -1: nothing is sent for this frame
  RungKind kind = RungKind::features;
  std::int32_t level = 0;     ///< of features: the codec's setup; of pictures: the quality, 1 to 100
  std::uint64_t pair = 0;     ///< network and tables that the ladder was measured with; 0: any
  int width = 0, height = 0;  ///< of the picture that is sent, in pixels; 0: as large as the network's input
  bool progressive = false;   ///< features go out in pieces: the answer is made from those that are there in time
  void clear() { *this = {}; }
};

/// Most pieces that the code of one frame may cross in.
inline constexpr std::size_t kMostPieces = 16;

/// One frame as it crosses to the tail of a network: the seam's tensor or a picture, as bytes.
struct CodedFrame {
  std::int32_t rung = -1;
  RungKind kind = RungKind::features;
  std::span<const std::uint8_t> bytes;
  int frame_width = 0, frame_height = 0;  ///< of the frame, in pixels
  int width = 0, height = 0;              ///< of the network's input that it was made for, in pixels; also of a picture
  /// Where the pieces end that it is to cross in, one request each, the last at the end of `bytes`: the tail can answer
  /// from each first few of them. Fewer than two: it crosses as it is.
  std::vector<std::uint32_t> ends;
  std::uint16_t piece = 0, pieces = 1;  ///< which of how many pieces it is, or the last of those that it is made of

  /// Takes from another code all but its bytes and where they are to be cut.
  void describe_as(const CodedFrame& other) {
    rung = other.rung;
    kind = other.kind;
    frame_width = other.frame_width;
    frame_height = other.frame_height;
    width = other.width;
    height = other.height;
    piece = other.piece;
    pieces = other.pieces;
  }

  /// Bytes that belong to `keeper`.
  void adopt(std::span<const std::uint8_t> of, std::shared_ptr<const void> keeper) {
    bytes = of;
    keeper_ = std::move(keeper);
  }

  /// Bytes of its own, in place of what it had: `write` fills the vector it is given, whose memory is reused.
  template <typename Write>
  auto fill(Write write) {
    auto status = write(own_);
    bytes = own_;
    return status;
  }

  void clear() {
    rung = -1;
    kind = RungKind::features;
    bytes = {};
    frame_width = frame_height = width = height = 0;
    ends.clear();
    piece = 0;
    pieces = 1;
    keeper_.reset();
  }

 private:
  std::vector<std::uint8_t> own_;
  std::shared_ptr<const void> keeper_;
};

template <>
struct PayloadTraits<Setup> {
  static constexpr std::string_view name = "Setup";
};
template <>
struct PayloadTraits<CodedFrame> {
  static constexpr std::string_view name = "CodedFrame";
};

}  // namespace weir
