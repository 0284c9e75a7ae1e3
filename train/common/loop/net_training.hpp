// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/optim.h>

#include <functional>
#include <ostream>
#include <string>

#include "kernels/base/status.hpp"
#include "train/common/graph/onnx_net.hpp"
#include "train/common/loop/program.hpp"
#include "train/common/loop/training_loop.hpp"

namespace weir::train {

/// One net with what it learns by.
struct NetTraining {
  OnnxNet& net;
  torch::optim::Optimizer& optimizer;  ///< over the net's parameters
  double average_decay = 0.999;        ///< of the moving average
  /// Makes the loss of step number `step`; the net is in training mode.
  std::function<Result<StepLoss>(std::int64_t step)> loss;
  std::string score_name;  ///< of the curve that score() gives: "top-1"
  /// Measures the net as it is, in evaluation mode; the averaged weights are in place. May be empty.
  std::function<Result<double>()> score;
};

struct TrainedNet {
  OnnxModel model;  ///< with the averaged weights, in the form it was trained in
  LoopEnd end;
};

/// Goes on from options.resume or starts, runs the loop with progress on `messages` and Ctrl-C as an interrupt, and
/// scores the result unless it was interrupted. Seed and steps are added to `loop.values` by themselves.
Result<TrainedNet> train_net(const NetTraining& training, const ProgramOptions& options, LoopOptions loop,
                             std::ostream& messages);

/// Parameters and buffers of a net.
NamedTensors all_tensors(const OnnxNet& net);

/// Reads the graph and moves it to training_device().
Result<OnnxNet> make_net(OnnxModel model);

}  // namespace weir::train
