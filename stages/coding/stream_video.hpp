// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/image/image_view.hpp"

namespace weir {

/// Encodes the pictures of one stream as low-delay H.264, each referring to the one before it. An IntraVideoDecoder
/// decodes them, in order, from a key frame on. Bound to one thread at a time.
class StreamVideoEncoder {
 public:
  /// For pictures of one size; `rate_factor` 0 (best) to 50. Code::unsupported names a GStreamer element that is not
  /// installed.
  static Result<std::unique_ptr<StreamVideoEncoder>> create(int width, int height, int rate_factor);

  virtual ~StreamVideoEncoder() = default;

  /// One access unit in byte-stream format in place of what `out` held; BGR pixels. The first picture is a key frame in
  /// any case.
  virtual Status encode(const ImageView& image, bool key, std::vector<std::uint8_t>& out) = 0;
};

}  // namespace weir
