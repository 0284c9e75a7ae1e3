// SPDX-License-Identifier: Apache-2.0
// Part of every program built with a sanitizer.
#include <cstdlib>

namespace {

// oneTBB opens its thread-binding library with RTLD_DEEPBIND, which the address sanitizer refuses, unless told so.
[[maybe_unused]] const int kTbbTold = setenv("TBB_ENABLE_SANITIZERS", "1", 0);

}  // namespace

// The libraries of the OpenVINO wheel keep small things per thread and do not free them at exit; nor can the leak
// checker say whether they were still reachable.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libtbbbind\nleak:libopenvino\nleak:tbb::detail::r1::observe\n";
}
extern "C" const char* __lsan_default_options();
extern "C" const char* __lsan_default_options() { return "print_suppressions=0"; }
