// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "kernels/base/status.hpp"

namespace weir {

/// The extern "C" function `function` of one of Weir's own modules: a part that brings large libraries with it and is
/// loaded when it is first needed, for good. The module NAME is libNAME.so beside the program, in the lib/weir of an
/// installation, or where the system finds libraries. Code::unavailable names file and places; it begins with `what`,
/// what the module is for. Thread-safe.
Result<void*> find_in_module(std::string_view what, const std::string& name, const char* function);

/// The same, as a function of type F.
template <typename F>
Result<F*> load_from_module(std::string_view what, const std::string& name, const char* function) {
  const Result<void*> found = find_in_module(what, name, function);
  if (!found) return fail(found.error());
  return reinterpret_cast<F*>(*found);
}

}  // namespace weir
