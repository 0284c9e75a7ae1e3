// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "kernels/base/tensor.hpp"

namespace weir {

/// How whole numbers of a tensor stand for real ones: real = (stored - zero) * scale.
struct Quantisation {
  double scale = 1;  ///< positive and finite
  std::int64_t zero = 0;
  bool operator==(const Quantisation&) const = default;
};

/// A tensor as it is stored, with what its numbers stand for.
struct QuantisedTensor {
  TensorView stored;
  Quantisation quantisation;
};

}  // namespace weir
