// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "kernels/base/status.hpp"
#include "kernels/base/time.hpp"
#include "transport/link/address.hpp"
#include "transport/wire/message.hpp"

namespace weir {

/// Files of one identity. Both sides prove who they are: a device to a worker and a worker to a device.
struct TlsFiles {
  std::string certificate;  ///< PEM
  std::string key;          ///< PEM
  std::string authority;    ///< PEM: who signs certificates that are believed
};

struct LinkOptions {
  std::size_t max_body = std::size_t{4} << 20;     ///< bytes; a larger body closes the link before memory is taken
  std::size_t max_queued = std::size_t{16} << 20;  ///< bytes that may wait to be sent
  bool check_bodies = true;                        ///< over tcp; a Unix socket and TLS need no check of ours
  std::string congestion;                          ///< "bbr", "cubic", "reno"; empty: the system's. tcp and tls
  int unsent_bytes = 32 << 10;  ///< TCP_NOTSENT_LOWAT: what waits should wait here, where it can be dropped
  Duration connect_timeout = std::chrono::seconds(3);  ///< until the first message may be sent, TLS included
  Duration dead_after = std::chrono::seconds(2);       ///< tcp, tls: the other machine confirms nothing; 0: never
  TlsFiles tls;
  std::string nats_credentials;  ///< nats: file of the login for servers that want one (nats_login.hpp); empty: none
};

class Link;

/// Hears what happens on a link. All calls come on the loop's thread, one at a time; on_close is the last one and comes
/// exactly once.
class LinkEvents {
 public:
  virtual ~LinkEvents() = default;
  virtual void on_open(Link&) {}
  virtual void on_message(Link&, InMessage message) = 0;
  virtual void on_room(Link&) {}  ///< after send() found no room: there is some again
  virtual void on_close(Link&, const Status& why) = 0;
};

/// One connection. Whoever keeps the shared pointer keeps the object; the connection ends with close() or the peer.
class Link {
 public:
  virtual ~Link() = default;

  /// Queues a message; false when it does not fit or the link is closed, and then nothing happens to it. Messages of a
  /// higher priority overtake waiting ones. Loop thread only.
  virtual bool send(OutMessage message) = 0;

  /// Takes back a message of this type and id that no byte of was sent; whether it did. Loop thread only.
  virtual bool withdraw(MessageType type, std::uint64_t id) = 0;

  /// Bytes of the largest body that can pass, once it is open: what lies between may take less than LinkOptions say.
  virtual std::size_t max_body() const { return SIZE_MAX; }

  virtual std::size_t queued_bytes() const = 0;  ///< not yet given to the system; loop thread only
  virtual void close() = 0;                      ///< on_close follows; loop thread only
  virtual std::string peer() const = 0;          ///< for people: address, and the certificate's name under TLS
};

/// Accepts links until it is destroyed. Thread-safe.
class Listener {
 public:
  virtual ~Listener() = default;
  virtual Address address() const = 0;  ///< with the port that was given out
};

/// A thread that moves messages over any number of links. Thread-safe, except where Link says otherwise.
///
/// What is said to come on "the loop's thread" comes one call at a time: on the loop's own thread, or on one that has
/// called dispatch().
class LinkLoop {
 public:
  static Result<std::unique_ptr<LinkLoop>> create();
  virtual ~LinkLoop() = default;  ///< stops

  /// Closes all links and ends the thread: their on_close has been called when it returns, and what is posted later is
  /// dropped. Not on the loop's thread. Events may use the loop until the end of this call, but not in its destructor.
  virtual void stop() = 0;

  /// Steady time since the loop was made.
  virtual TimePoint now() const = 0;

  virtual void post(std::function<void()> call) = 0;
  /// Like post(), but runs what is posted at once and on this thread when the loop has nothing else to do: its thread
  /// need not wake up first. The caller must hold no lock that a posted call may want.
  virtual void dispatch(std::function<void()> call) { post(std::move(call)); }
  /// Calls once at `when`, never early; a call that is no longer wanted must look for itself whether it is.
  virtual void call_at(TimePoint when, std::function<void()> call) = 0;

  /// Opens a link; what comes of it, refusal included, comes through the events.
  virtual std::shared_ptr<Link> connect(const Address& to, const LinkOptions& options,
                                        std::shared_ptr<LinkEvents> events) = 0;

  /// Listens; each link gets what `accept` returns, null refuses it. An address that other machines can reach is
  /// refused (Code::invalid) unless it is tls or nats with certificate, key and authority. A Unix socket is made with
  /// mode 0600. nats asks the server for the name; when the server goes, the listener comes back with it.
  virtual Result<std::unique_ptr<Listener>> listen(const Address& at, const LinkOptions& options,
                                                   std::function<std::shared_ptr<LinkEvents>()> accept) = 0;
};

}  // namespace weir
