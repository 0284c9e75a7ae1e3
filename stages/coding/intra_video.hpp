// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/image/image_view.hpp"
#include "pipeline/payloads.hpp"

namespace weir {

/// The size that a picture has as H.264: sides are filled up to multiples of 64 pixels, so that pictures of many sizes
/// need few encoders.
inline int padded_side(int side) { return (side + 63) / 64 * 64; }

/// Encodes single pictures as H.264 key frames, with GStreamer. Keeps an encoder for each of the last few sizes. Bound
/// to one thread at a time.
class IntraVideoEncoder {
 public:
  /// `rate_factor` 0 (best) to 50. Code::unsupported names a GStreamer element that is not installed.
  static Result<std::unique_ptr<IntraVideoEncoder>> create(int rate_factor);

  virtual ~IntraVideoEncoder() = default;

  /// One access unit in byte-stream format in place of what `out` held; BGR pixels.
  virtual Status encode(const ImageView& image, std::vector<std::uint8_t>& out) = 0;
};

/// Decodes such pictures. Bound to one thread at a time.
class IntraVideoDecoder {
 public:
  static Result<std::unique_ptr<IntraVideoDecoder>> create();

  virtual ~IntraVideoDecoder() = default;

  /// The picture of `width` x `height` pixels in the upper left of the access unit's; `to` shares its memory.
  /// Code::corrupt where there is none.
  virtual Status decode(std::span<const std::uint8_t> bytes, int width, int height, Frame& to) = 0;
};

}  // namespace weir
