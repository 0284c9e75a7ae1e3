// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "bench/net/own_fd.hpp"
#include "kernels/base/status.hpp"

namespace weir::bench {

/// Makes the TUN device "weir0" in the network that this thread is in, with this IPv4 address out of a net of four
/// (/30), an MTU of 1500 bytes, up. Reading and writing the descriptor, which does not block and may be done from any
/// network, takes and gives one packet each; the device goes with it. An address that begins with 127 is made an
/// ordinary one. Code::unavailable without /dev/net/tun or the right to it.
Result<OwnFd> make_tun_device(const std::string& address);

}  // namespace weir::bench
