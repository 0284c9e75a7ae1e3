// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

namespace weir::train {

struct CurvePoint {
  double x = 0;  ///< usually the step
  double y = 0;
};

/// Values over the course of a training, by name: "loss", "mAP". Kept in checkpoints, drawn by plot_curves.
using Curves = std::map<std::string, std::vector<CurvePoint>>;

}  // namespace weir::train
