// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "pipeline/registry.hpp"

namespace weir {

/// "Frame", "Frame or Regions", or "anything".
std::string types_text(const PortInfo& port);

/// "number from 0 to 1 px", "f32, bf16 or int8": what a parameter takes, without an article.
std::string takes_text(const ParamInfo& param);

/// How the runtime calls the stage, in one sentence.
std::string execution_text(const Execution& execution);

}  // namespace weir
