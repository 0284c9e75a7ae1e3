// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include <vector>

#include "elastic/onnx_model.hpp"
#include "train/detector/teacher_features.hpp"

namespace weir::train {

/// Six 1x1 convolutions that bring the student's features to the teacher's width: inputs `neck_8`, ... and outputs
/// `score_8`, ..., `box_8`, ... . Trained with the student, never exported.
OnnxModel build_adapters(int student_channels, int teacher_channels, std::uint64_t seed);

/// How far the adapted features [N, C, H, W] (three for scores, then three for boxes) are from the teacher's: the mean
/// squared difference, each teacher channel scaled to mean 0 and deviation 1, cells weighted by the teacher's
/// objectness plus a little everywhere (after Zhang and Ma, ICLR 2021, section 3.1: objects carry what is to be
/// learned). A scalar. Thread-safe.
torch::Tensor mimic_loss(const std::vector<torch::Tensor>& adapted, const TeacherFeatures& teacher);

}  // namespace weir::train
