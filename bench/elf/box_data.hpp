// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/predict/cross_validation.hpp"

namespace weir::bench {

inline constexpr std::size_t kFolds = 4;

/// The box sequences of the reference data; Code::unavailable where they are absent.
Result<std::vector<BoxSequence>> read_box_sequences();

/// The weights of each fold of the cross-validation, from models/proposals.
Result<std::vector<LstmWeights>> read_fold_weights();

}  // namespace weir::bench
