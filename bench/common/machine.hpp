// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace weir::bench {

/// Bytes of this process that are in memory now.
std::uint64_t resident_bytes();

/// Seconds of processor time that all threads of this process have used, without and with its ended children.
double cpu_seconds();
double family_cpu_seconds();

/// Seconds of processor time that all threads of a running process have used; 0 when there is none of this number.
double cpu_seconds_of(int process);

/// Seconds of processor time that all programs of this machine have used since it was started.
double machine_cpu_seconds();

/// Seconds on the steady clock.
double wall_seconds();

/// Holds this thread, and all threads that it makes from now on, to the first core it may run on; whether that worked.
bool use_one_core();

/// A path inside the reference data (WEIR_DATA, or ../shared/data beside the project); empty where it is absent.
std::string data_path(const std::string& inside);

}  // namespace weir::bench
