// SPDX-License-Identifier: Apache-2.0
#include "bench/net/own_network.hpp"

#include <fcntl.h>
#include <sched.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace weir::bench {
namespace {

OwnFd network_of_this_thread() { return OwnFd(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)); }

Status refused(const std::string& what) {
  return {Code::unavailable, what + ": " + std::generic_category().message(errno) + "; run as root"};
}

}  // namespace

Result<OwnNetwork> OwnNetwork::create() {
  const OwnFd home = network_of_this_thread();
  if (!home) return fail(refused("the network namespace of this thread cannot be opened").error());
  if (unshare(CLONE_NEWNET) != 0) return fail(refused("no network namespace can be made").error());
  OwnFd made = network_of_this_thread();
  if (setns(home.get(), CLONE_NEWNET) != 0) std::abort();
  if (!made) return fail(Code::unavailable, "the network namespace that was made cannot be opened");
  return OwnNetwork(std::move(made));
}

OwnNetwork::Visit::Visit(const OwnNetwork& network) : home_(network_of_this_thread()) {
  if (!home_ || setns(network.network_.get(), CLONE_NEWNET) != 0) {
    status_ = refused("a network namespace cannot be entered");
  }
}

OwnNetwork::Visit::~Visit() {
  if (status_ && setns(home_.get(), CLONE_NEWNET) != 0) std::abort();
}

Status set_network(const std::string& setting, const std::string& value) {
  const std::string file = "/proc/sys/net/" + setting;
  const OwnFd out(open(file.c_str(), O_WRONLY | O_CLOEXEC));
  if (out && write(out.get(), value.data(), value.size()) == static_cast<ssize_t>(value.size())) return {};
  return refused(file + " cannot be set to " + value);
}

}  // namespace weir::bench
