// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include <vector>

#include "train/common/data/augment_options.hpp"
#include "train/detector/assign.hpp"

namespace weir::train {

struct DetectorLossOptions {
  int classes = 4;
  int bins = 10;
  double box_weight = 2;
  double distribution_weight = 0.5;
  double balance = 0;  ///< 0: all cells that learn an object count alike; 1: all objects do
  AssignOptions assign;
};

/// The parts of the detector's loss, each a scalar. No gradient passes through the wanted scores and the weights.
///
/// The score's loss is the varifocal one (Zhang et al., VarifocalNet, CVPR 2021, eq. 2) with one change: in a cell that
/// learns an object the other classes have the object's weight too, for they are what it is mistaken for.
///
/// A near car has eight cells with high wanted scores, a far pedestrian one or two with low ones. Without `balance` the
/// net learns the one and not the other, on the very scenes that it is trained on.
struct DetectorLoss {
  torch::Tensor score;
  torch::Tensor box;           ///< 1 - GIoU (Rezatofighi et al., CVPR 2019) + squared centre distance over diagonal
  torch::Tensor distribution;  ///< cross entropy to the two bins around each side's distance (Li et al., Generalized
                               ///< Focal Loss, NeurIPS 2020, eq. 6)
  torch::Tensor total;
};

/// Compares the net's six outputs (three score logits [N, cells, classes], three distance logits [N, cells, 4 * bins])
/// with N labelled crops. All parts are divided by the sum of the wanted scores. Thread-safe.
DetectorLoss detector_loss(const std::vector<torch::Tensor>& outputs, const std::vector<AugmentedExample>& truth,
                           const std::vector<Cell>& cells, const DetectorLossOptions& options);

}  // namespace weir::train
