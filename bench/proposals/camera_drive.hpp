// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/base/status.hpp"
#include "kernels/predict/lstm_weights.hpp"
#include "kernels/predict/protocol.hpp"

namespace weir::bench {

/// What a predictor does on a drive with pictures, without and with the camera's motion.
struct CameraDriveScore {
  HonestScore without, with;
  int known = 0, frames = 0;  ///< frames whose camera motion could be measured, of all
};

/// Predicts the labelled objects of KITTI tracking 0002, frames 0-66, with identities known. Code::unavailable without
/// its pictures and labels; Code::invalid where the weights have learned from it. `frames` of them are looked at.
Result<CameraDriveScore> score_camera_drive(const LstmWeights& weights, int frames);

}  // namespace weir::bench
