// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/predict/cross_validation.hpp"

namespace weir::bench {

inline constexpr std::size_t kFolds = 4;

/// The box sequences of the reference data, with the regions to ignore or without; Code::unavailable where they are
/// absent.
Result<std::vector<BoxSequence>> read_box_sequences(bool keep_ignored = false);

/// So few frames of each that it takes no time.
void shorten(std::vector<BoxSequence>& sequences);

/// The bytes of a file of models/proposals; Code::unavailable where it is absent.
Result<std::string> read_proposal_weights(const std::string& name);

/// The default predictor's weights, and those of each fold of the cross-validation.
Result<LstmWeights> read_lstm_weights(const std::string& name = "weir_proposals.lstm");
Result<std::vector<LstmWeights>> read_fold_weights();

}  // namespace weir::bench
