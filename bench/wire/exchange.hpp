// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "kernels/base/status.hpp"
#include "transport/link/link.hpp"

namespace weir::bench {

/// Requests of `bytes` bytes, each answered by kReplyBytes, at most `window` of them under way.
struct Exchange {
  Scheme scheme = Scheme::tcp;
  bool check = false;  ///< of bodies, for links
  std::size_t messages = 1000;
  std::size_t bytes = std::size_t{1} << 20;
  std::size_t window = 4;
  double per_second = 0;  ///< 0: as fast as the window allows; else one at a time, so often
  double phase = 0;       ///< seconds that each message of a paced exchange comes later
  TlsFiles tls;
  std::string folder;  ///< for Unix sockets
};

inline constexpr std::size_t kReplyBytes = 2048;
inline constexpr const char* kCongestion = "reno";  ///< every kernel has it, and it does not pace

struct Outcome {
  double seconds = 0;                ///< from the first request to the last answer
  double cpu_seconds = 0;            ///< of both processes
  std::vector<double> latency_ms{};  ///< of each message of a paced exchange, in their order
};

/// One exchange over a link of ours, or over a plain socket (with OpenSSL where the scheme is tls); the side that
/// answers is a process of its own.
Result<Outcome> exchange_by_link(const Exchange& exchange);
Result<Outcome> exchange_by_socket(const Exchange& exchange);

}  // namespace weir::bench
