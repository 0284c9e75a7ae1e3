// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include "pipeline/param.hpp"

namespace weir {

using Json = nlohmann::ordered_json;

/// A value as JSON; durations as text with their unit.
Json to_json_value(const ParamValue& value);

}  // namespace weir
