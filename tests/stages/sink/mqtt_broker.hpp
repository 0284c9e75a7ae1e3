// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <mqtt/async_client.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <string>
#include <vector>

extern char** environ;

namespace weir {

/// A real mosquitto on a loopback port, from start to kill.
class Broker {
 public:
  static constexpr const char* kProgram = "/usr/sbin/mosquitto";
  static bool installed() { return ::access(kProgram, X_OK) == 0; }

  /// `settings` are further lines of its configuration; the file is `config`. Returns once it serves.
  Broker(int port, const std::string& config, const std::string& settings = "allow_anonymous true\n") {
    std::ofstream(config) << "listener " << port << " 127.0.0.1\npersistence false\nlog_dest stderr\n"
                          << "user root\n"
                          << settings;
    std::array<int, 2> log{};
    if (::pipe2(log.data(), O_CLOEXEC) != 0) return;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, log[1], STDERR_FILENO);
    std::string program = kProgram, flag = "-c", file = config;
    std::array<char*, 4> arguments{program.data(), flag.data(), file.data(), nullptr};
    if (::posix_spawn(&pid_, kProgram, &actions, nullptr, arguments.data(), environ) != 0) pid_ = -1;
    posix_spawn_file_actions_destroy(&actions);
    ::close(log[1]);
    log_ = log[0];
    std::string text;
    std::array<char, 256> part{};
    while (text.find("running") == std::string::npos) {
      const ssize_t count = ::read(log_, part.data(), part.size());
      if (count <= 0) break;
      text.append(part.data(), static_cast<std::size_t>(count));
    }
    running_ = text.find("running") != std::string::npos;
    said_ = text;
    ::fcntl(log_, F_SETFL, O_NONBLOCK);
  }
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;
  ~Broker() {
    kill();
    if (log_ >= 0) ::close(log_);
  }

  bool running() const { return running_; }
  const std::string& said() const { return said_; }

  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_ = -1;
  int log_ = -1;
  bool running_ = false;
  std::string said_;
};

/// Collects what is published under a filter.
class Subscriber {
 public:
  Subscriber(int port, const std::string& filter) : client_("tcp://127.0.0.1:" + std::to_string(port), "") {
    client_.start_consuming();
    client_.connect()->wait();
    client_.subscribe(filter, 1)->wait();
  }
  /// The next message as "topic payload", or "nothing".
  std::string next() {
    mqtt::const_message_ptr message;
    if (!client_.try_consume_message_for(&message, std::chrono::seconds(10)) || !message) return "nothing";
    return message->get_topic() + " " + message->to_string();
  }

 private:
  mqtt::async_client client_;
};

}  // namespace weir
