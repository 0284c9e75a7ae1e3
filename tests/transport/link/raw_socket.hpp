// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "transport/link/address.hpp"

namespace weir::test {

/// A blocking TCP or Unix client that knows nothing of links.
class RawSocket {
 public:
  explicit RawSocket(const Address& to);
  ~RawSocket();
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;

  void write(std::span<const std::uint8_t> bytes);
  void end_writing();
  /// Reads until the other side closes, or `bytes` are there.
  std::vector<std::uint8_t> read(std::size_t bytes);
  void reset();  ///< closes so that the other side gets a reset
  int descriptor() const { return socket_; }

 private:
  int socket_;
};

}  // namespace weir::test
