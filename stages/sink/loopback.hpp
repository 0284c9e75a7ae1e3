// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace weir {

/// Whether `host` is this machine's loopback: "localhost", 127.0.0.0/8 or ::1.
bool is_loopback(const std::string& host);

}  // namespace weir
