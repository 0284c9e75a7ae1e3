// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/infer/split_detector.hpp"

namespace weir {

/// Puts the pair that train-switchable wrote (elastic/switchable/pair.hpp) in the place of the pieces of `split`, whose
/// options and file_sha256 are those of `network`.
///
/// Code::not_found names a file that is missing. Code::invalid when the pair was made of another network or for another
/// seam than the settings name, or when head, tail and setups do not fit each other.
Status use_switchable_pair(const SplitSettings& settings, const OnnxModel& network, SplitDetector& split);

}  // namespace weir
