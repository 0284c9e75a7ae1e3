// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <ostream>
#include <span>
#include <string_view>
#include <vector>

#include "kernels/base/status.hpp"
#include "train/common/data/camvid.hpp"
#include "train/common/loop/net_training.hpp"
#include "train/segment/batches.hpp"
#include "train/segment/net.hpp"

namespace weir::train {

inline constexpr std::array<std::string_view, kCamvidClasses> kCamvidNames{
    "sky", "building", "pole", "road", "pavement", "tree", "sign", "fence", "car", "pedestrian", "bicyclist"};

/// How a segmentation net learns.
struct SegmentOptions {
  ProgramOptions program;
  SegmenterShape shape;
  SegmentAugment augment;
  int steps = 4500;
  int batch = 8;
  double rate = 3e-3;
  double weight_decay = 0.02;
  double weight_strength = 0.5;  ///< of class_weights
  double average_decay = 0.998;
  int evaluate_every = 500;  ///< steps; 0: no curve
};

struct SegmentScore {
  double mean_iou = 0;            ///< over the classes that occur
  double accuracy = 0;            ///< share of labelled pixels
  std::vector<double> class_iou;  ///< 0 for a class that neither truth nor net has
};

/// Intersection over union of the classes, counted over all pixels of all images at full size; unlabelled pixels count
/// for nothing. `scale` is what the net takes for white: 1 in training, 255 for a file.
Result<SegmentScore> score_segmenter(OnnxNet& net, std::span<const SegmentExample> examples, double scale);

/// The class of each pixel of an image, at its size.
Result<cv::Mat> segment_image(OnnxNet& net, const cv::Mat& image, double scale);

/// Trains on `train` from the options' seed or checkpoint; `val` gives the curve "mIoU" and decides nothing. The
/// checkpoint is OUT/segment.ckpt.
Result<TrainedNet> train_segmenter(const SegmentOptions& options, std::span<const SegmentExample> train,
                                   std::span<const SegmentExample> val, std::ostream& messages);

}  // namespace weir::train
