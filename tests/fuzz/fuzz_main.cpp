// SPDX-License-Identifier: Apache-2.0
// libFuzzer's way in; WEIR_FUZZ_TARGET is the function of targets.hpp that this program tries.
#include "tests/fuzz/targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  weir::fuzz::WEIR_FUZZ_TARGET({data, size});
  return 0;
}
