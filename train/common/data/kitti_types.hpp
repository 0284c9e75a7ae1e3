// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/detect/detection.hpp"
#include "train/common/data/example.hpp"

namespace weir::train {

/// Adds a KITTI object, cut to the image, as something to learn (true) or, when its type is none of the detector's
/// classes or most of it is hidden, as an ignored region (false).
bool add_kitti_object(Example& example, const TruthBox& object);

}  // namespace weir::train
