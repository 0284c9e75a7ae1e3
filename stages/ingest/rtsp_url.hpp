// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "kernels/base/status.hpp"

namespace weir {

/// An RTSP address taken apart, so that its credentials never reach a text.
struct RtspUrl {
  std::string location;  ///< without credentials
  std::string shown;     ///< location without its query, which may hold a token
  std::string query;
  std::string user;
  std::string password;
};

/// Takes an rtsp:// or rtsps:// address apart; credentials may be percent-encoded. The error text hides them.
Result<RtspUrl> parse_rtsp_url(std::string_view url);

}  // namespace weir
