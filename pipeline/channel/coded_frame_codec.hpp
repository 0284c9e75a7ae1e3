// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/channel/payload_codec.hpp"

namespace weir {

/// How a frame that goes to the tail of a network crosses. What its bytes hold is checked by whoever decodes them.
const PayloadCodec& coded_frame_codec();

}  // namespace weir
