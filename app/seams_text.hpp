// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "elastic/seams.hpp"

namespace weir::app {

/// The seams of a model as a table, in the order of execution.
std::string seams_table(const std::vector<Seam>& seams);

/// The same as JSON: an array of seams with their tensors, bytes, and the MACs of both sides.
std::string seams_json(const std::vector<Seam>& seams);

}  // namespace weir::app
