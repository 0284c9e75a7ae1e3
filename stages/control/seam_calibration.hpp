// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>

#include "kernels/codec/code_tables.hpp"
#include "stages/infer/head_stream.hpp"
#include "stages/infer/tail_stream.hpp"

namespace weir {

/// Makes the codec's tables for a seam from frames that follow each other in time: ranges and frequencies of the tensor
/// there, and bits per channel by how much noise in it changes what the tail finds.
///
/// The tables have rungs from nearly lossless to about 2 bits per value; for a switchable bottleneck all its setups, as
/// they are and with values held. Code::invalid for fewer than 4 frames.
Result<std::shared_ptr<const CodeTables>> calibrate_seam(std::span<const ImageView> frames, HeadStream& head,
                                                         const TailNetwork& tail);

}  // namespace weir
