// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "kernels/base/status.hpp"
#include "transport/link/address.hpp"
#include "transport/link/stream_socket.hpp"

namespace weir {

/// A socket that listens; closes it, and removes the file of a Unix socket if it is still the one that was made.
class ListeningSocket {
 public:
  /// A Unix socket gets mode 0600; the file of one that nobody listens on any more is replaced.
  static Result<ListeningSocket> open(const Address& at, const StreamEndpoint& endpoint);

  ListeningSocket(ListeningSocket&& other) noexcept;
  ListeningSocket& operator=(ListeningSocket&&) = delete;
  ~ListeningSocket();

  int descriptor() const { return socket_; }
  StreamEndpoint endpoint() const;  ///< with the port that was given out

 private:
  ListeningSocket(int socket, std::string path) : socket_(socket), path_(std::move(path)) {}
  void remember_file();

  int socket_;
  std::string path_;  // of a Unix socket that has a file
  std::uint64_t device_ = 0, inode_ = 0;
};

}  // namespace weir
