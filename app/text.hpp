// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kernels/base/status.hpp"

namespace weir::app {

/// printf into a string.
[[gnu::format(printf, 1, 2)]] std::string print(const char* format, ...);

/// "1.4 MB".
std::string bytes_text(std::uint64_t bytes);

/// A file's whole text; not_found where it cannot be read. `what` names it in the error ("truth file").
Result<std::string> read_file(const std::string& path, std::string_view what);

/// Replaces a file's text; io where it cannot be written.
Status write_file(const std::string& path, std::string_view text);

/// Makes a folder and those above it.
Status make_folder(const std::string& path);

}  // namespace weir::app
