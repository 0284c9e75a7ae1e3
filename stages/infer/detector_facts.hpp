// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "elastic/onnx_model.hpp"
#include "kernels/detect/detection.hpp"

namespace weir {

/// What a detector's ONNX file tells about itself.
struct DetectorFacts {
  std::string decoder = "yolox";  ///< metadata `weir.decoder`; without it nanodet for six outputs, else yolox
  ClassNames classes;             ///< metadata `weir.classes`, separated by commas; empty: not told
};

/// What a model tells.
DetectorFacts detector_facts(const OnnxModel& model);

/// Reads them. A file that cannot be read gives the defaults: the engine tells what is wrong with it.
DetectorFacts read_detector_facts(const std::filesystem::path& model);

}  // namespace weir
