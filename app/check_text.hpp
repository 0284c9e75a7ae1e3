// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "pipeline/graph_spec.hpp"

namespace weir::app {

/// What `--check` prints: stages in running order with the values the file gives, edges with capacity and policy,
/// streams, the answer port.
std::string check_text(const GraphSpec& spec);

}  // namespace weir::app
