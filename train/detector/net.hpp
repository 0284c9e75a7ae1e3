// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "elastic/onnx_model.hpp"

namespace weir::train {

/// Widths and depths of the detector.
struct DetectorShape {
  int classes = 4;
  int bins = 10;  ///< values of each side's distance distribution: 0 ... bins - 1 strides
  int stem = 16;  ///< channels at stride 2
  std::array<int, 4> channels{32, 48, 128, 160};  ///< at strides 4, 8, 16, 32
  std::array<int, 4> blocks{1, 2, 2, 1};          ///< blocks at each, the first one halves the size
  int neck = 48;                                  ///< channels of neck and head
};

inline constexpr std::array<int, 3> kDetectorStrides{8, 16, 32};

/// Names of the values that training reads and of the outputs that a file keeps.
struct DetectorValues {
  std::array<std::string, 3> neck;       ///< [N, neck, H, W], for a teacher's features to be compared with
  std::array<std::string, 3> scores;     ///< [N, H * W, classes]: logits in the training form, sigmoids in the file
  std::array<std::string, 3> distances;  ///< [N, H * W, 4 * bins]: logits of the distributions
};
DetectorValues detector_values();

/// The detector in the form it is trained in: RepVGG blocks with their three branches (Ding et al., CVPR 2021), a
/// top-down neck, and a head whose boxes are distributions of side distances (Li et al., Generalized Focal Loss,
/// NeurIPS 2020). Input: f32 [N, 3, H, W], BGR from 0 to 1, any multiples of 32. Outputs: detector_values().scores as
/// logits, then .distances.
OnnxModel build_detector(const DetectorShape& shape, std::uint64_t seed);

/// The same with each score through its sigmoid.
OnnxModel with_score_sigmoids(OnnxModel model);

/// The same for inference: branches fused, input from 0 to 255, scores through their sigmoid, weights stored as f16
/// where `half` says so.
Result<OnnxModel> export_detector(const OnnxModel& trained, bool half);

}  // namespace weir::train
