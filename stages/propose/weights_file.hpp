// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "kernels/base/status.hpp"

namespace weir {

/// The bytes of a file of weights whose SHA-256 is that in FILE.sha256 beside it. Code::not_found where one of them is
/// missing, Code::corrupt where the hash is another, Code::io where reading fails.
Result<std::string> read_weights_file(const std::string& path);

}  // namespace weir
