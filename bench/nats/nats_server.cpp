// SPDX-License-Identifier: Apache-2.0
#include "bench/nats/nats_server.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>

namespace weir::bench {
namespace {

constexpr auto kStart = std::chrono::seconds(10);
constexpr const char* kListening = "client connections on 127.0.0.1:";

Status find_program() {
#ifndef WEIR_HAS_NATS
  return {Code::unavailable, "this build has no NATS: install libnats-dev and build again"};
#endif
  if (std::system("command -v nats-server > /dev/null") == 0) return {};
  return {Code::unavailable, "nats-server is absent: install nats-server"};
}

std::string text_of(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

}  // namespace

Result<NatsServer> NatsServer::start() {
  if (Status status = find_program(); !status) return fail(status.error());
  const WorkFolder folder;
  const std::string log = folder.path() + "/log";
  const pid_t pid = fork();
  if (pid < 0) return fail(Code::io, "no process for nats-server");
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execlp("nats-server", "nats-server", "-a", "127.0.0.1", "-p", "-1", "-l", log.c_str(), nullptr);
    _exit(127);
  }
  NatsServer server(pid);
  if (Status status = server.wait_until_ready(log); !status) return fail(status.error());
  return server;
}

Status NatsServer::wait_until_ready(const std::string& log) {
  const auto end = std::chrono::steady_clock::now() + kStart;
  while (std::chrono::steady_clock::now() < end) {
    const std::string said = text_of(log);
    const std::size_t at = said.find(kListening);
    if (at != std::string::npos && said.find("Server is ready") != std::string::npos) {
      const std::size_t first = at + std::string(kListening).size();
      port_ = said.substr(first, said.find_first_not_of("0123456789", first) - first);
      return {};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return {Code::io, "nats-server is not ready after 10 s; it said: " + text_of(log)};
}

NatsServer::NatsServer(NatsServer&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), port_(std::move(other.port_)) {}

NatsServer::~NatsServer() {
  if (pid_ <= 0) return;
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
}

std::string NatsServer::address(const std::string& name) const { return "nats://127.0.0.1:" + port_ + "/" + name; }

}  // namespace weir::bench
