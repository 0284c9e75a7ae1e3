// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/base/random.hpp"
#include "kernels/predict/lstm_weights.hpp"

namespace weir::test {

/// Weights by chance.
inline LstmWeights random_weights(Eigen::Index units, Eigen::Index dense, std::uint64_t seed) {
  Random random(seed);
  const auto fill = [&random](auto& matrix, Eigen::Index rows, Eigen::Index columns) {
    matrix.resize(rows, columns);
    for (Eigen::Index i = 0; i < matrix.size(); ++i) matrix.data()[i] = static_cast<float>(0.3 * random.normal());
  };
  LstmWeights w;
  fill(w.input, 4 * units, Eigen::Index{kBoxFeatures});
  fill(w.recurrent, 4 * units, units);
  fill(w.gate_bias, 4 * units, 1);
  fill(w.dense, dense, units);
  fill(w.dense_bias, dense, 1);
  fill(w.output, Eigen::Index{LstmWeights::kOutputs}, dense);
  fill(w.output_bias, Eigen::Index{LstmWeights::kOutputs}, 1);
  fill(w.keep, Eigen::Index{LstmWeights::kShiftOutputs}, 1);
  w.sigma_factor = Eigen::VectorXf::Constant(kFarthestAhead, 0.5F);
  w.margin_factor = Eigen::VectorXf::Constant(kFarthestAhead, 2.F);
  w.trained_on = {"0001", "0005"};
  return w;
}

}  // namespace weir::test
