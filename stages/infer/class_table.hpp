// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/detect/detection.hpp"

namespace weir {

/// Which of a model's classes are reported, and as what.
///
/// `groups` lists what to keep: "car", or "car+bus+truck" to report all three as car. Empty keeps every class as it is.
/// Returns one entry per class: its reported class, or -1. Code::invalid names a class the model does not have and the
/// nearest it has.
Result<std::vector<std::int32_t>> make_class_map(const ClassNames& classes, const std::vector<std::string>& groups);

}  // namespace weir
