// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "pipeline/param.hpp"

namespace weir {

/// The shortest decimal text that reads back as the same number: "0.25", "3", "inf".
std::string format_number(double value);

/// A duration in its largest unit without fractions below a nanosecond: "200 ms", "1.5 s", "30 us".
std::string format_duration(Duration value);

/// A text as a YAML scalar: plain where that reads back as the same text everywhere, else in double quotes.
std::string yaml_scalar(std::string_view text);

/// A parameter's value as a user would write it in YAML.
std::string format_value(const ParamValue& value);

}  // namespace weir
