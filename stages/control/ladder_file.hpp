// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "kernels/control/ladder.hpp"

namespace weir {

/// A ladder from its JSON text; docs/control.md tells the form. Every key must be there and none else, except that
/// "local" may be absent. `name` is for errors. Code::corrupt for anything that is not a ladder of this version, or not
/// one of the fingerprint, where that is not empty.
Result<Ladder> parse_ladder(std::string_view text, std::string_view name, std::string_view fingerprint = {});

/// The same from a file; Code::not_found where it cannot be read.
Result<Ladder> read_ladder_file(const std::string& path, std::string_view fingerprint = {});

/// What parse_ladder() reads.
std::string ladder_text(const Ladder& ladder);

/// Replaces a file's text by the ladder; Code::invalid where the ladder is not valid, Code::io where writing fails.
Status write_ladder_file(const std::string& path, const Ladder& ladder);

}  // namespace weir
