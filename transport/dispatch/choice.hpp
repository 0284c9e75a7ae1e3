// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "transport/dispatch/dispatch_peer.hpp"
#include "transport/dispatch/open_request.hpp"

namespace weir {

/// What to do with a request that waits.
struct Choice {
  enum class Kind : std::uint8_t {
    send,    ///< to `peer`
    wait,    ///< for something to happen, or for `again`
    late,    ///< nobody can answer it in time any more
    nobody,  ///< no worker is there that could be asked
  };
  Kind kind = Kind::nobody;
  DispatchPeer* peer = nullptr;
  bool against_odds = false;  ///< sent to a suspect worker, or to learn whether a worker is still as slow as believed
  TimePoint again = kNever;
};

/// Chooses by expected finish among the workers that are not suspect and can make the deadline; the best one may be
/// worth waiting for until it has credit, and those within a quarter of it take turns. An idle worker that has not
/// answered for a second gets a request now and then that has time to go elsewhere afterwards. Only where there is
/// none, suspect workers are tried: each with one request per `suspect_retry`, except while its answer to the first
/// ping may still be on its way. Where by all estimates no worker could ever make it, one fresh request per
/// `suspect_retry` is sent all the same: else an estimate that became too high would never be corrected.
///
/// `ahead` is how many requests wait that go before this one.
Choice choose(std::vector<DispatchPeer>& peers, const OpenRequest& open, int ahead, const DispatchOptions& options,
              TimePoint now);

/// Whether another worker than this one could take the request.
bool has_other(const std::vector<DispatchPeer>& peers, const OpenRequest& open, const DispatchPeer& but);

}  // namespace weir
