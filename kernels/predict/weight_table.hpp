// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/base/status.hpp"

namespace weir {

/// One matrix of a predictor's weights, by name.
struct WeightEntry {
  std::string_view name;
  std::function<float*(Eigen::Index rows, Eigen::Index columns)> resize;  ///< gives it a size and tells its numbers
  Eigen::Index rows, columns;
  const float* data;  ///< column by column
};

template <typename Matrix>
WeightEntry weight_entry(std::string_view name, Matrix& matrix) {
  const auto resize = [&matrix](Eigen::Index rows, Eigen::Index columns) {
    matrix.resize(rows, columns);
    return matrix.data();
  };
  return {name, resize, matrix.rows(), matrix.cols(), matrix.data()};
}

/// Weights as a file: lines of text (`kind` and version, sequences they have learned from, one line for each matrix),
/// then f32, little-endian, column by column. Names must hold no white space.
std::string format_weight_table(std::string_view kind, std::span<const std::string> trained_on,
                                std::span<const WeightEntry> entries);

/// Reads them back into `entries`, which name what is wanted in its order, and tells the sequences. `fit` says whether
/// the sizes that all have got by then fit each other and this version. Code::corrupt: not a file of this kind, another
/// version, matrices missing or of no possible size, a number that is not finite, bytes missing or left over.
Result<std::vector<std::string>> parse_weight_table(std::string_view kind, std::string_view bytes,
                                                    std::span<const WeightEntry> entries,
                                                    const std::function<bool()>& fit);

}  // namespace weir
