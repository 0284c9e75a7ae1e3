// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include <array>
#include <filesystem>
#include <memory>
#include <vector>

#include "engine/engine.hpp"
#include "train/common/data/augment_options.hpp"

namespace weir::train {

/// What a teacher saw in a batch, at strides 8, 16 and 32.
struct TeacherFeatures {
  std::array<torch::Tensor, 3> score;       ///< [N, C, H, W]: what its class scores are computed from
  std::array<torch::Tensor, 3> box;         ///< [N, C, H, W]: what its boxes are computed from
  std::array<torch::Tensor, 3> objectness;  ///< [N, 1, H, W] in [0, 1]
};

/// A YOLOX network of the file as it is, run by the inference engine for the features before its last layers.
/// Thread-bound: one object per thread.
class FeatureTeacher {
 public:
  /// For batches of `batch` crops of the given size. Code::unsupported when the file has no YOLOX head.
  static Result<std::unique_ptr<FeatureTeacher>> load(const std::filesystem::path& model, int batch, int width,
                                                      int height);

  /// The features of exactly `batch` crops. The tensors own their values.
  Result<TeacherFeatures> run(const std::vector<AugmentedExample>& crops);

 private:
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Session> session_;
  Tensor input_;
};

}  // namespace weir::train
