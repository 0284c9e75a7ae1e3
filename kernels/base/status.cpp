// SPDX-License-Identifier: Apache-2.0
#include "kernels/base/status.hpp"

namespace weir {

std::string_view to_string(Code code) {
  switch (code) {
    case Code::invalid:
      return "invalid";
    case Code::not_found:
      return "not found";
    case Code::unavailable:
      return "unavailable";
    case Code::corrupt:
      return "corrupt";
    case Code::io:
      return "i/o";
    case Code::unsupported:
      return "unsupported";
    case Code::stopped:
      return "stopped";
    case Code::internal:
      return "internal";
  }
  return "internal";
}

}  // namespace weir
