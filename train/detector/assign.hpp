// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "kernels/geometry/box.hpp"
#include "train/common/data/example.hpp"

namespace weir::train {

/// One position that predicts a box: the centre of a cell of some stride, in pixels.
struct Cell {
  float x = 0, y = 0;
  float stride = 8;
};

/// The cells of all strides for one input size, in the order of the net's rows.
std::vector<Cell> detector_cells(int width, int height);

struct AssignOptions {
  int top = 8;               ///< cells that learn one object, at most
  double score_power = 0.5;  ///< how much the class score counts in the choice of cells
  double overlap_power = 6;  ///< how much the overlap of the predicted box counts
  float reach = 9;           ///< longest distance a cell can express, in strides
};

inline constexpr int kBackground = -1;
inline constexpr int kNoOpinion = -2;  ///< inside an ignored region: neither object nor background

/// What one cell is to learn.
struct CellTarget {
  int object = kBackground;  ///< index of the labelled box, or one of the two constants
  float quality = 0;         ///< wanted score in [0, 1]
};

/// Chooses which cells learn which object by how well they already do (task-aligned assignment: Feng et al., TOOD,
/// ICCV 2021, section 3.2), and what score each should give: the relative merit among the object's cells, times the
/// best overlap, times the label's own score.
///
/// `scores` has one row of `classes` values in [0, 1] per cell, `predicted` one box per cell. A cell may be chosen only
/// inside the object (for tiny objects: nearest to its centre) and within reach of all four sides.
void assign_cells(std::span<const Cell> cells, std::span<const float> scores, int classes,
                  std::span<const Box> predicted, const std::vector<LabelledBox>& objects,
                  const std::vector<Box>& ignored, const AssignOptions& options, std::vector<CellTarget>& targets);

}  // namespace weir::train
