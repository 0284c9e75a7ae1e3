// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace weir {

/// Whether this processor has what Highway's target of that name needs; elsewhere than on x86 false.
///
/// Highway's own choice is in its library, which measures the processor's timer for 3 ms whenever a program starts.
#if defined(__x86_64__)
inline bool has_ssse3() { return __builtin_cpu_supports("ssse3") != 0; }
inline bool has_sse4() {
  return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul");
}
inline bool has_avx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
         __builtin_cpu_supports("fma");
}
inline bool has_avx3() {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
}
#else
inline bool has_ssse3() { return false; }
inline bool has_sse4() { return false; }
inline bool has_avx2() { return false; }
inline bool has_avx3() { return false; }
#endif

}  // namespace weir
