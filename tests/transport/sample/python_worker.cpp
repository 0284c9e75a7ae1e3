// SPDX-License-Identifier: Apache-2.0
#include "tests/transport/sample/python_worker.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "transport/wire/frame_header.hpp"

extern char** environ;

namespace weir::test {
namespace {

const std::string kRoot = WEIR_SOURCE_DIR;

/// What comes up to the end of the line.
std::string read_line(int file) {
  std::string line;
  for (char c = 0; ::read(file, &c, 1) == 1 && c != '\n';) line += c;
  return line;
}

bool has_packages(const std::string& python) {
  const std::string command = "'" + python + "' -c 'import msgpack, numpy, onnxruntime' >/dev/null 2>&1";
  return std::system(command.c_str()) == 0;
}

}  // namespace

std::optional<std::string> sample_python() {
  const char* named = std::getenv("WEIR_PYTHON");
  const std::string python = named != nullptr ? named : kRoot + "/build/venv/bin/python";
  if (!std::filesystem::exists(python) || !has_packages(python)) return {};
  return python;
}

PythonWorker::PythonWorker(const std::string& python, const std::vector<std::string>& options)
    : path_(testing::TempDir() + "weir_worker_" + std::to_string(::getpid())) {
  std::filesystem::remove(path_);
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return;
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
  std::vector<std::string> words{python,    kRoot + "/samples/worker_python/worker.py", "--listen",  "unix:" + path_,
                                 "--model", kRoot + "/models/weir_nano.onnx",           "--service", "detect"};
  words.insert(words.end(), options.begin(), options.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  if (::posix_spawn(&pid_, python.c_str(), &actions, nullptr, arguments.data(), environ) != 0) pid_ = -1;
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(pipe[1]);
  output_ = pipe[0];
  const std::string said = read_line(output_), start = "listening on ";
  if (said.starts_with(start)) address_ = said.substr(start.size());
}

PythonWorker::~PythonWorker() {
  if (output_ >= 0) ::close(output_);
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  std::filesystem::remove(path_);
}

RawLink::RawLink(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  const timeval patience{60, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

RawLink::~RawLink() { ::close(socket_); }

void RawLink::send_bytes(const void* data, std::size_t size) {
  const auto* at = static_cast<const std::uint8_t*>(data);
  while (size > 0) {
    const ssize_t sent = ::send(socket_, at, size, MSG_NOSIGNAL);
    if (sent <= 0) return;
    at += sent;
    size -= static_cast<std::size_t>(sent);
  }
}

void RawLink::send(FrameHeader header, const std::shared_ptr<const Body>& body) {
  header.body_bytes = body ? static_cast<std::uint32_t>(body->bytes) : 0;
  const auto start = encode_header(header);
  send_bytes(start.data(), start.size());
  if (!body) return;
  for (const Bytes& piece : body->pieces) send_bytes(piece.view.data(), piece.view.size());
}

bool RawLink::read(std::uint8_t* into, std::size_t size) {
  return size == 0 || ::recv(socket_, into, size, MSG_WAITALL) == static_cast<ssize_t>(size);
}

std::optional<InMessage> RawLink::receive() {
  std::array<std::uint8_t, kHeaderBytes> start{};
  if (!read(start.data(), start.size())) return {};
  const Result<FrameHeader> header = decode_header(start, kMaxBodyBytes);
  if (!header) {
    ADD_FAILURE() << header.error().text;
    return {};
  }
  const auto body = std::make_shared<std::vector<std::uint8_t>>(header->body_bytes);
  if (!read(body->data(), body->size())) return {};
  return InMessage{*header, {*body, body}};
}

}  // namespace weir::test
