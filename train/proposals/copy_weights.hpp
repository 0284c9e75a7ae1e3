// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include <Eigen/Core>

namespace weir::train {

/// The numbers of a matrix of libtorch, which lie row by row.
inline void copy_matrix(const torch::Tensor& from, Eigen::MatrixXf& to) {
  const torch::Tensor source = from.detach().contiguous();
  to = Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
      source.data_ptr<float>(), source.size(0), source.size(1));
}

inline void copy_vector(const torch::Tensor& from, Eigen::VectorXf& to) {
  const torch::Tensor source = from.detach().contiguous();
  to = Eigen::Map<const Eigen::VectorXf>(source.data_ptr<float>(), source.numel());
}

}  // namespace weir::train
