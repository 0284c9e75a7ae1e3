// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>
#include <vector>

#include "kernels/base/status.hpp"
#include "train/classify/mobilenet.hpp"
#include "train/classify/mobilevit.hpp"
#include "train/classify/net.hpp"
#include "train/common/data/image_tar.hpp"
#include "train/common/loop/net_training.hpp"

namespace weir::train {

/// Which network is trained.
enum class ClassifierKind { residual, mobilenet, mobilevit };

/// The word for `--net`, the checkpoint and, behind "weir_", the files.
const char* to_string(ClassifierKind kind);

/// How a classifier learns.
struct ClassifyOptions {
  ProgramOptions program;
  ClassifierKind kind = ClassifierKind::residual;
  ClassifierShape shape;  ///< of the residual one
  MobileNetShape mobile_shape;
  MobileVitShape vit_shape;
  std::vector<int> epochs{12, 16};  ///< of each run through the schedule of rates
  int batch = 128;
  double rate = 0.15;
  double weight_decay = 5e-4;
  double label_smoothing = 0.1;
  double average_decay = 0.995;
  int evaluate_epochs = 2;  ///< the curve has a point after as many; 0: none
};

struct ClassifyScore {
  double top1 = 0;
  std::vector<double> class_top1;
};

/// The share of images whose highest score is their class's. `scale` is what the net takes for white: 1 in training,
/// 255 for a file. The net is in evaluation mode afterwards.
Result<ClassifyScore> score_classifier(OnnxNet& net, const ImageSet& set, double scale);

/// Trains on `train` from the options' seed or checkpoint; `test` gives the curve "top-1" and decides nothing. The
/// checkpoint is OUT/classify.ckpt.
Result<TrainedNet> train_classifier(const ClassifyOptions& options, const ImageSet& train, const ImageSet& test,
                                    std::ostream& messages);

}  // namespace weir::train
