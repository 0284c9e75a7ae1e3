// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "kernels/base/status.hpp"
#include "train/common/data/example.hpp"

namespace weir::train {

struct TeacherLabelOptions {
  std::vector<double> sizes{0.6, 0.85, 1.1};  ///< of the image, each also mirrored
  float keep = 0.35F;                         ///< fused boxes with at least this score become labels
  float doubt = 0.2F;                         ///< those between become ignored regions
  float overlooked = 0.5F;  ///< what a person did not label becomes an ignored region from this score on
  int threads = 1;
};

/// Labels images with a YOLOX model that knows the classes of COCO.
///
/// Every image is seen at several sizes, each also mirrored; boxes that agree are fused, weighted by their scores
/// (Solovyev et al., Weighted Boxes Fusion, 2021), and a box's score is its sum over all views divided by their number.
/// An example without labels gets the fused boxes; one that has labels keeps them, and what the teacher sees beside
/// them becomes an ignored region. `progress` is told how many are done. Errors are the engine's.
Status label_by_teacher(const std::filesystem::path& model, std::vector<Example>& examples,
                        const TeacherLabelOptions& options, const std::function<void(std::size_t)>& progress);

}  // namespace weir::train
