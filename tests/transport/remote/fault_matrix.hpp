// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>
#include <vector>

namespace weir::test {

/// One thing that goes wrong, and what must become of a device's requests then. That each of them ends once and in time
/// is checked by Device.
struct Fault {
  const char* name;
  void (*happen)();
};

inline void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.name; }

std::vector<Fault> crash_faults();
std::vector<Fault> protocol_faults();
std::vector<Fault> network_faults();
std::vector<Fault> time_faults();

}  // namespace weir::test
