// SPDX-License-Identifier: Apache-2.0
#include "tests/transport/link/nats_server.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <fstream>

namespace weir::test {

std::string why_no_nats() {
#ifndef WEIR_HAS_NATS
  return "this build has no NATS: install libnats-dev";
#endif
  static const bool found = std::system("command -v nats-server > /dev/null") == 0;
  return found ? "" : "nats-server absent: install nats-server";
}

NatsServer::NatsServer(std::string configuration, bool bare) : configuration_(std::move(configuration)) {
  configuration_ = "host: 127.0.0.1\nserver_name: weir-test\n" + std::string(bare ? "" : "max_payload: 8MB\n") +
                   configuration_ + "\n";
  run();
}

void NatsServer::run() {
  const std::string file = folder_.path / "server.conf";
  for (std::size_t at; (at = configuration_.find("{STORE}")) != std::string::npos;) {
    configuration_.replace(at, 7, "\"" + store() + "\"");
  }
  std::ofstream(file) << configuration_ << "port: " << port() << "\n";
  program_ = std::make_unique<Program>(std::vector<std::string>{"nats-server", "-c", file});
  EXPECT_TRUE(program_->wait_for_error_text("Server is ready")) << program_->error_text();
}

std::uint16_t NatsServer::port_after(const std::string& text) const {
  const std::string& said = program_->error_text();
  const std::size_t at = said.find(text);
  EXPECT_NE(at, std::string::npos) << said;
  return at == std::string::npos ? 0 : static_cast<std::uint16_t>(std::stoi(said.substr(at + text.size(), 5)));
}

Address NatsServer::address(const std::string& name, const std::string& host) const {
  return *parse_address("nats://" + host + ":" + std::to_string(port()) + "/" + name);
}

void NatsServer::kill() {
  program_->signal(SIGKILL);
  program_->wait();
}

void NatsServer::restart() { run(); }

std::string nats_tls_configuration(const TlsFiles& files, const std::string& user) {
  return "tls { cert_file: \"" + files.certificate + "\", key_file: \"" + files.key + "\", ca_file: \"" +
         files.authority +
         "\", verify_and_map: true }\n"
         "authorization { users: [ { user: \"" +
         user +
         "\", permissions: {\n"
         "  publish: [\"weir.v1.worker.*.open\", \"weir.v1.worker.*.in.*\", \"weir.v1.device.>\"]\n"
         "  subscribe: [\"weir.v1.worker.*.open\", \"weir.v1.worker.*.in.*\", \"weir.v1.device." +
         user + ".>\"] } } ] }\n";
}

}  // namespace weir::test
