// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <span>

#include "kernels/partition/margins.hpp"
#include "kernels/predict/predictor.hpp"

namespace weir::bench {

/// One frame before anything of it has been seen, and what it will turn out to hold.
struct ReplayedFrame {
  int width = 0, height = 0;
  std::span<const ExpectedObject> expected;  ///< objects that own association saw in the last three frames
  std::span<const Box> known;                ///< true boxes of the objects that were labelled in the last three frames
};

/// Plays a sequence frame by frame, frames without objects included. The predictor sees the boxes of each frame after
/// it was handed over, without their identities: these it finds by BoxAssociation. It must be fresh.
void replay(const BoxSequence& sequence, BoxPredictor& predictor,
            const std::function<void(const ReplayedFrame&)>& take);

}  // namespace weir::bench
