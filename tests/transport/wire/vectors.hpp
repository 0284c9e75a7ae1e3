// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "tests/transport/wire/bytes.hpp"

namespace weir::test {

struct Vector {
  std::string name;
  Buffer message;
};

/// One message of every type, and one of every payload.
std::vector<Vector> make_vectors();

}  // namespace weir::test
