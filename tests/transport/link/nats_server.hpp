// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tests/app/program.hpp"
#include "tests/support/reserved_port.hpp"
#include "tests/transport/link/link_rig.hpp"

namespace weir::test {

/// Why nats links cannot be tested here; empty: they can.
std::string why_no_nats();

/// A NATS server of the test on a free port of this machine, ended with the object.
class NatsServer {
 public:
  /// `configuration` is added to what the test sets: host, port and a max_payload of 8 MB unless `bare`. {STORE} in it
  /// stands for a folder of the test.
  explicit NatsServer(std::string configuration = {}, bool bare = false);

  std::uint16_t port() const { return port_.number(); }
  /// nats://HOST:PORT/NAME
  Address address(const std::string& name, const std::string& host = "127.0.0.1") const;
  /// The port after this text in what the server said.
  std::uint16_t port_after(const std::string& text) const;

  void add(const std::string& configuration) { configuration_ += configuration; }  ///< for the next start
  /// Where JetStream may keep its files.
  std::string store() const { return (folder_.path / "store").string(); }

  void kill();     ///< at once, as a crash
  void restart();  ///< on the same port

 private:
  void run();

  TemporaryFolder folder_;
  std::string configuration_;
  ReservedPort port_;  // so that it is still free for the restart
  std::unique_ptr<Program> program_;
};

/// Configuration with TLS for "localhost" where a certificate's name is its owner's user, and what this user may do.
std::string nats_tls_configuration(const TlsFiles& files, const std::string& user);

}  // namespace weir::test
