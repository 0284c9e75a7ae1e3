// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "train/common/data/image_tar.hpp"
#include "train/common/loop/program.hpp"
#include "train/switchable/switchable.hpp"

namespace weir::train {

/// How a whole classifier is made switchable.
struct SlimmableOptions {
  ProgramOptions program;
  std::string seam;            ///< the output of a batch norm
  std::vector<Rung> setups;    ///< the richest first
  bool initialisation = true;  ///< false: begins with random weights
  bool distillation = true;    ///< false: learns from the labels
  bool clustering = true;      ///< false: draws setups without regard to how alike they learn
  int clusters = 3;
  int steps = 2000;
  int batch = 64;
  double rate = 0.04;
  double weight_decay = 5e-4;
  double average_decay = 0.99;
  int checkpoint_every = 500;
  int calibration = 2000;  ///< training images that norms' statistics are taken from afterwards
};

/// Trains head and tail of `network`, a classifier of images from 0 to 1 with batch norms, for all setups at once: each
/// step the richest setup, one of the narrowest in any bits (the sandwich rule: Yu and Huang, ICCV 2019), and one of
/// each cluster of the others learn what the untouched network answers. Clusters are of setups whose gradients point
/// alike along the richest one's (Zhang et al., RTCoInfer, JSAC 2023). The checkpoint is OUT/slimmable.ckpt. Errors as
/// of SlimmableNet::create.
Result<TrainedSwitchable> train_slimmable(const SlimmableOptions& options, const OnnxModel& network,
                                          const ImageSet& train, std::ostream& messages);

}  // namespace weir::train
