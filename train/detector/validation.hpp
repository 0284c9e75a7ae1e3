// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <opencv2/core/mat.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/eval/eval_frame.hpp"

namespace weir::train {

/// Average precision in percent, moderate, interpolated; results of any height count.
struct DetectorScore {
  double ap50 = 0, ap70 = 0;
  std::size_t truth = 0;  ///< counted objects
};

/// Labelled frames that nothing is trained on.
struct ValidationSet {
  std::string name;
  std::vector<cv::Mat> images;
  std::vector<EvalFrame> frames;  ///< truth only
};

/// KITTI tracking 0002, frames 0 to 66. Code::not_found names what is missing.
Result<ValidationSet> kitti_validation(const std::filesystem::path& data);

/// KITTI object images from 000200 on.
Result<ValidationSet> kitti_object_validation(const std::filesystem::path& data);

/// Drawn scenes of seeds that the pool does not use.
ValidationSet synthetic_validation(int scenes, int frames_per_scene);

/// What a KITTI type is scored as; one of "Car", "Pedestrian", "Cyclist".
struct TypeScore {
  std::string type;
  DetectorScore score;
};

/// Runs an exported detector (bytes of the file) on every image at one input size and scores each type.
Result<std::vector<TypeScore>> validate(std::string_view model, const ValidationSet& set, int width, int height,
                                        int threads);

}  // namespace weir::train
