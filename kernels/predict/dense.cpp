// SPDX-License-Identifier: Apache-2.0
#include "kernels/predict/dense.hpp"

#include <cmath>

namespace weir {
namespace {

float sigmoid(float x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

void lstm_step_scalar(const float* gates, std::size_t units, std::size_t columns, float* cell, float* hidden) {
  for (std::size_t column = 0; column < columns; ++column) {
    const float* gate = gates + 4 * units * column;
    for (std::size_t i = 0; i < units; ++i) {
      float& c = cell[column * units + i];
      c = sigmoid(gate[units + i]) * c + sigmoid(gate[i]) * std::tanh(gate[2 * units + i]);
      hidden[column * units + i] = sigmoid(gate[3 * units + i]) * std::tanh(c);
    }
  }
}

}  // namespace weir
