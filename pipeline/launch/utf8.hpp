// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace weir {

/// Where the text holds a byte that no YAML text may hold: a control character, or one that is not valid UTF-8.
std::optional<std::size_t> find_bad_byte(std::string_view text);

}  // namespace weir
