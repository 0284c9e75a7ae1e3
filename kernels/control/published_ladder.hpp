// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "kernels/control/ladder.hpp"

namespace weir {

/// Accuracy of an answer by the whole network without compression, in all ladders of this file.
inline constexpr double kPublishedAccuracy = 0.8613;

/// RTCoInfer's forty setups of MobileNetV2 cut behind its first layer, named N<channels>Q<bits>: accuracies as its
/// authors measured them for networks trained one by one (Stanford Cars, 8,041 test images), packed bits and 8 bytes
/// per channel and 32 per frame to send, 6 ms on either side. No local answer.
Ladder published_ladder();

/// What rivals of that work send for the same network; an estimate except where published.
/// Splits: sizes by arithmetic, device time by share of the network's operations at the speed of the ladder above; as
/// floats ("float_..."), and in 8 bits with LZ4, taken for 0.8 of the packed size, with the thresholds of an early exit
/// that RTCoInfer's authors published for SPINN ("split_..."). Codecs ("jpeg_...", "h264_..."): bytes by the number of
/// pixels and accuracy by the share of detections that were kept, both from video of a moving camera.
Ladder published_rivals();

/// The ladder of setups with rungs of H.264 as a nearly still camera gives them ("h264_..."): a third to a fifth of the
/// bytes that a moving one needs.
Ladder published_still_ladder();

/// Which of the first two holds the rungs that a policy chooses from.
Ladder published_ladder_for(std::string_view policy);

}  // namespace weir
