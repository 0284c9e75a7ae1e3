// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/uio.h>

#include <memory>
#include <span>
#include <string>

#include "kernels/base/status.hpp"

namespace weir {

class TlsContext;

/// What a call on a ByteStream did, and what it takes to go on.
struct Io {
  enum class Next : std::uint8_t {
    more,        ///< call again at once
    wait_read,   ///< when the socket is readable
    wait_write,  ///< when the socket is writable
    ended,       ///< never: the other side has ended the stream in good order
    failed       ///< never: see error()
  };
  Next next = Next::more;
  std::size_t bytes = 0;      ///< that were moved, whatever comes next
  std::size_t committed = 0;  ///< of a write: so many further bytes must be offered again, unchanged
};

/// The two directions of a connected socket that never blocks, clear or under TLS. Thread-compatible.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  virtual Io handshake() = 0;  ///< Next::more when it is done
  virtual Io read(std::span<const iovec> into) = 0;
  virtual Io write(std::span<const iovec> from) = 0;
  virtual void shut() {}                               ///< tells the other side, if that is possible without waiting
  virtual std::string identity() const { return {}; }  ///< of the other side, once the handshake is done
  virtual Error error() const = 0;
};

std::unique_ptr<ByteStream> make_plain_stream(int socket);

/// `host`: whose certificate the other side must have, a name or an IP address; empty for the accepting side. `record`
/// is memory for the assembly of a record; its content need not last.
Result<std::unique_ptr<ByteStream>> make_tls_stream(int socket, std::shared_ptr<const TlsContext> context,
                                                    const std::string& host, std::span<std::uint8_t> record);

}  // namespace weir
