// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "kernels/base/status.hpp"
#include "pipeline/payloads.hpp"

namespace weir {

/// Encodes the pictures of parts, each by itself. Bound to one thread at a time.
class PartEncoder {
 public:
  /// An encoder at a quality of 1 to 100, as JPEG counts it; for h264 it means the constant rate factor
  /// 0.9 * (100 - quality), at most 50. Code::invalid for raw, Code::unavailable or Code::unsupported when the codec is
  /// not installed.
  static Result<std::unique_ptr<PartEncoder>> create(ImageEncoding encoding, int quality);

  virtual ~PartEncoder() = default;

  /// Encodes BGR pixels in place of what `out` held. Code::invalid for what is empty, not BGR or has a side above
  /// 16383.
  virtual Status encode(const ImageView& image, std::vector<std::uint8_t>& out) = 0;
};

}  // namespace weir
