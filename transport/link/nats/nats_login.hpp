// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "kernels/base/status.hpp"

namespace weir {

/// As whom one comes to a NATS server.
struct NatsLogin {
  std::string user, password;  ///< both empty: the file holds a user's JWT and seed, which the library reads itself
};

/// Reads a credentials file: a .creds file, or the lines "user: NAME" and "password: SECRET" (empty lines and those
/// that begin with # are skipped). Code::not_found when it cannot be read, Code::invalid when it holds neither. No text
/// ever holds what is in the file.
Result<NatsLogin> read_nats_login(const std::string& file);

/// Whether the file can be used; no file is fine. For an error at the start rather than at each attempt to connect.
Status check_nats_login(const std::string& file);

}  // namespace weir
