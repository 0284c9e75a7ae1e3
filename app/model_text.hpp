// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "elastic/model_report.hpp"

namespace weir::app {

/// A model as a table of its layers with totals below.
std::string model_table(const ModelReport& report);

/// The same as JSON: inputs, outputs, layers, totals; times in microseconds, null where the engine does not tell.
std::string model_json(const ModelReport& report);

}  // namespace weir::app
