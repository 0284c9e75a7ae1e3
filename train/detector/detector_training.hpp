// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <ostream>

#include "elastic/onnx_model.hpp"
#include "train/common/loop/program.hpp"
#include "train/common/loop/training_loop.hpp"
#include "train/detector/crew.hpp"
#include "train/detector/net.hpp"
#include "train/detector/pool.hpp"
#include "train/detector/validation.hpp"

namespace weir::train {

struct DetectorOptions {
  ProgramOptions program;
  std::int64_t steps = 14000;
  int batch = 16;
  int workers = 2;
  double rate = 2e-3;
  double weight_decay = 0.05;
  double average_decay = 0.998;
  double plain_share = 0.15;  ///< the last part of training, without mosaic and pasted objects
  double balance = 0;         ///< DetectorLossOptions::balance; the shipped weights were made without
  double mimic_weight = 1;
  int mimic_every = 2;  ///< steps; the teacher costs as much as the net itself
  std::int64_t evaluate_every = 1000;
  std::filesystem::path teacher;
  std::filesystem::path init;  ///< checkpoint whose averaged weights training starts from; empty: fresh ones
  DetectorShape shape;
  // Most of a road image is background, and what is not shown is not learned: trees, signs and walls become cars.
  AugmentOptions augment{.min_scale = 0.42, .max_scale = 1.3, .focus = 0.4};
};

struct TrainedDetector {
  OnnxModel model;  ///< training form, averaged weights
  LoopEnd end;
};

/// Trains the detector on a pool. `check`, when it has frames, is scored at 640x192 every so often, for the curves; it
/// decides nothing.
Result<TrainedDetector> train_detector(const DetectorOptions& options, const Pool& pool, const ValidationSet& check,
                                       std::ostream& messages);

}  // namespace weir::train
