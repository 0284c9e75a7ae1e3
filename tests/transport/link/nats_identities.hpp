// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace weir::test {

/// What the program `nsc` makes for a server that knows its users by signed tokens: an operator, an account, a user.
struct NatsIdentities {
  std::string configuration;  ///< of a server that believes the operator
  std::string credentials;    ///< text of the user's .creds file
};

NatsIdentities make_nats_identities();

/// The text of a .creds file with this token and seed.
std::string nats_credentials_text(const std::string& token, const std::string& seed);

}  // namespace weir::test
