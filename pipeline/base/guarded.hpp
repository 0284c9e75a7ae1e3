// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>

#include "kernels/base/status.hpp"
#include "pipeline/base/concat.hpp"

namespace weir {

/// Calls what a plug-in may have written; what it throws becomes Code::internal.
template <typename Call>
Status guarded(Call&& call) {
  try {
    return call();
  } catch (const std::exception& error) {
    return {Code::internal, concat("threw: ", error.what())};
  } catch (...) {
    return {Code::internal, "threw something that is no std::exception"};
  }
}

}  // namespace weir
