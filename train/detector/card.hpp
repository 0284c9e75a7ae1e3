// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>

#include "train/detector/detector_training.hpp"

namespace weir::train {

/// Writes weir_nano.onnx with its hash, curves and model card into the output folder, and measures the file as written:
/// on the frames of `check` (skipped when it is empty) and on drawn scenes. One line per figure goes to `out`.
Status write_detector(const DetectorOptions& options, const Pool& pool, const ValidationSet& check,
                      const TrainedDetector& trained, std::ostream& out);

}  // namespace weir::train
