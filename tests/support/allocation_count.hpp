// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace weir::test {

/// How often this thread has called operator new. Link allocation_count.cpp, which replaces the global operators.
std::size_t allocation_count();

}  // namespace weir::test
