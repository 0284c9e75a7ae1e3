// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "pipeline/parts/frame_decoder.hpp"

namespace weir {

/// A decoder of JPEG, WebP and H.264 parts; loads what it needs with the first of each kind.
std::unique_ptr<FrameDecoder> make_part_decoder();

}  // namespace weir
