// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "transport/link/byte_stream.hpp"
#include "transport/link/frame_reader.hpp"
#include "transport/link/link.hpp"
#include "transport/link/send_queue.hpp"
#include "transport/link/stream_socket.hpp"
#include "transport/link/tls_context.hpp"

namespace weir {

/// What the links of one connect() or listen() have in common.
struct StreamLinkSetup {
  Address address;  ///< connected to, or listened at
  LinkOptions options;
  std::shared_ptr<TlsContexts> contexts;
};

/// A link over a Unix, TCP or TLS socket. Bound to the loop's thread.
class StreamLink final : public Link, public LoopMember, public std::enable_shared_from_this<StreamLink> {
 public:
  StreamLink(std::shared_ptr<LoopCore> core, std::shared_ptr<const StreamLinkSetup> setup,
             std::shared_ptr<LinkEvents> events);

  void connect();
  void adopt(StreamSocket socket, const StreamEndpoint& from);  ///< an accepted one

  bool send(OutMessage message) override;
  bool withdraw(MessageType type, std::uint64_t id) override;
  std::size_t queued_bytes() const override { return queue_.bytes(); }
  void close() override;
  std::string peer() const override { return peer_; }
  void loop_ends() override;

 private:
  enum class State : std::uint8_t { connecting, handshake, open, closed };

  void enter();
  void limit_time(const char* what);
  void try_next(std::vector<StreamEndpoint> endpoints, std::size_t next);
  void begin(const StreamEndpoint& to);
  void start();
  void shake();
  void opened();
  void go_on(const Io& io);
  void wait_for(StreamSocket::wait_type what, bool& waiting);
  void later();
  void turn();
  void read();
  bool take(std::span<const std::uint8_t> input);
  void flush();
  void end(Status why);
  void finish();

  std::shared_ptr<LoopCore> core_;
  std::shared_ptr<const StreamLinkSetup> setup_;
  std::shared_ptr<LinkEvents> events_;
  StreamSocket socket_;
  std::unique_ptr<ByteStream> stream_;
  FrameReader reader_;
  SendQueue queue_;
  std::string peer_;
  Status why_;
  State state_ = State::connecting;
  bool accepted_ = false;
  bool heard_ = false;    // as far as must be in connect_timeout: open, or a message came where it was accepted
  bool reading_ = false;  // waits until the socket is readable
  bool writing_ = false;  // waits until the socket is writable
  bool posted_ = false;   // has more to do than one turn allows
  bool write_failed_ = false;
  bool room_wanted_ = false;
};

}  // namespace weir
