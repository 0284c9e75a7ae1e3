// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pipeline/launch/yaml_tree.hpp"
#include "pipeline/param.hpp"

namespace weir {

// Readers of single values; nothing when the text is of another kind.
std::optional<bool> read_bool(std::string_view text);             ///< true, false, yes, no, on, off
std::optional<std::int64_t> read_integer(std::string_view text);  ///< decimal
std::optional<double> read_number(std::string_view text);         ///< finite
std::optional<Duration> read_duration(std::string_view text);     ///< "200 ms"; units ns, us, ms, s, min, h

/// A node as a value of the parameter's type and range. The error says what was wanted and what was seen, without the
/// parameter's name.
Result<ParamValue> read_value(const ParamInfo& param, const YamlNode& node);

/// What a parameter accepts: "an integer from 1 to 10", "one of f32, bf16".
std::string wanted_text(const ParamInfo& param);

/// The allowed texts of a parameter one by one.
std::vector<std::string> split_choices(std::string_view choices);

}  // namespace weir
