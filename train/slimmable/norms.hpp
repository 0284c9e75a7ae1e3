// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "elastic/onnx_model.hpp"

namespace weir::train {

/// A network whose batch norms do not hold their scales and biases but take them, so that these can change from call to
/// call.
struct OpenNorms {
  OnnxModel
      model;  ///< two more inputs, kSetupScale and kSetupBias, f32 [D]: all norms' values, one norm behind the other
  std::vector<float> scale, bias;      ///< what the norms held, D values each
  std::vector<std::string> mean, var;  ///< names of the norms' statistics, in the same order
};

/// Takes scales and biases out of all batch norms. A pass in training mode leaves exactly its own statistics in them
/// afterwards. Code::invalid when there is no batch norm, or one whose values are no f32 constants.
Result<OpenNorms> open_norms(OnnxModel model);

/// The network of open_norms() for inference: each norm is a product and a sum, with kSetupScale and kSetupBias of
/// f32 [1, D, 1, 1], into which statistics are folded.
OnnxModel fold_norms(OnnxModel opened);

/// Gives all convolutions, linear layers and norms fresh values, as GraphBuilder would.
void reset_weights(OnnxModel& model, std::uint64_t seed);

}  // namespace weir::train
