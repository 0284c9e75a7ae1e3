// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "kernels/base/status.hpp"
#include "pipeline/payloads.hpp"

namespace weir {

/// Decodes the images of parts that travel encoded. The runtime knows no codec itself: the program that links some
/// brings them.
class FrameDecoder {
 public:
  virtual ~FrameDecoder() = default;

  /// Decodes `from`, which is encoded, into `to`. Code::corrupt for bytes that are no such image or of another size
  /// than told; Code::unavailable when the codec is not installed. Bound to one thread at a time.
  virtual Status decode(const Frame& from, Frame& to) = 0;
};

using MakeFrameDecoder = std::unique_ptr<FrameDecoder> (*)();

/// Makes the decoders of this process known; null: there are none. To be called before a run starts.
void set_frame_decoder(MakeFrameDecoder make);

/// The pixels of a frame packet: itself unless it is encoded, else a packet of `pool` with its stamp. Thread-safe.
Result<Packet> decoded(const Packet& frame, detail::Pool<Frame>& pool);

}  // namespace weir
