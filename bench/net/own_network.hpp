// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "bench/net/own_fd.hpp"
#include "kernels/base/status.hpp"

namespace weir::bench {

/// An unnamed network namespace with nothing in it. The kernel removes it when this object and the threads, processes
/// and sockets inside have gone, however they ended.
class OwnNetwork {
 public:
  class Visit;

  /// Code::unavailable without the right to make one, which is root's.
  static Result<OwnNetwork> create();

 private:
  explicit OwnNetwork(OwnFd network) : network_(std::move(network)) {}
  OwnFd network_;
};

/// Has the calling thread inside a network. What is made meanwhile stays there: sockets, threads, processes. Ends on
/// the same thread; a thread that could not go back would make all that follows wrong, so the program ends then.
class OwnNetwork::Visit {
 public:
  explicit Visit(const OwnNetwork& network);
  ~Visit();
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

  const Status& status() const { return status_; }  ///< an error: the thread is where it was

 private:
  OwnFd home_;
  Status status_;
};

/// Writes a setting of the network that this thread is in: a file below /proc/sys/net.
Status set_network(const std::string& setting, const std::string& value);

}  // namespace weir::bench
