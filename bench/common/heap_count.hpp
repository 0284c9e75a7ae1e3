// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace weir::bench {

/// Counts what every thread of the program asks memory for while it is on: malloc and its kin (and so operator new,
/// and what libraries ask for), and new memory maps, by which allocators of their own get theirs. Link heap_count.cpp,
/// which takes the place of those functions for the whole program. Thread-safe.
namespace heap_count {

void start();  ///< from zero
void stop();
std::uint64_t calls();  ///< while on

}  // namespace heap_count
}  // namespace weir::bench
