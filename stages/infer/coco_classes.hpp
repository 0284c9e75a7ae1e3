// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/detect/detection.hpp"

namespace weir {

/// The 80 classes of COCO's detection task, in the order of its detectors' outputs.
const ClassNames& coco_classes();

}  // namespace weir
