// SPDX-License-Identifier: Apache-2.0
#include "tests/app/program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace weir::test {
namespace {

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  return ends;
}

/// Reads once from a pipe into text; closes it at its end.
void drain(int& fd, std::string& text) {
  std::array<char, 4096> buffer{};
  const ssize_t count = read(fd, buffer.data(), buffer.size());
  if (count > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
  } else {
    close(fd);
    fd = -1;
  }
}

}  // namespace

Program Program::pipeline(const std::vector<std::string>& arguments) {
  std::vector<std::string> command{WEIR_BINARY_DIR "/pipeline"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return Program(std::move(command));
}

Program::Program(std::vector<std::string> command) {
  std::vector<char*> words;
  for (std::string& word : command) words.push_back(word.data());
  words.push_back(nullptr);
  const auto out = make_pipe();
  const auto err = make_pipe();
  pid_ = fork();
  if (pid_ == 0) {
    dup2(out[1], STDOUT_FILENO);
    dup2(err[1], STDERR_FILENO);
    if (chdir(WEIR_SOURCE_DIR) == 0) execvp(words[0], words.data());
    _exit(127);
  }
  close(out[1]);
  close(err[1]);
  out_fd_ = out[0];
  err_fd_ = err[0];
}

Program::Program(Program&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      out_fd_(std::exchange(other.out_fd_, -1)),
      err_fd_(std::exchange(other.err_fd_, -1)),
      out_(std::move(other.out_)),
      err_(std::move(other.err_)) {}

Program::~Program() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  for (const int fd : {out_fd_, err_fd_}) {
    if (fd >= 0) close(fd);
  }
}

bool Program::read_some() {
  std::array<pollfd, 2> ends{pollfd{out_fd_, POLLIN, 0}, pollfd{err_fd_, POLLIN, 0}};  // a negative fd is ignored
  if (out_fd_ < 0 && err_fd_ < 0) return false;
  if (poll(ends.data(), ends.size(), -1) < 0) return true;
  if (ends[0].revents != 0) drain(out_fd_, out_);
  if (ends[1].revents != 0) drain(err_fd_, err_);
  return true;
}

bool Program::wait_for_error_text(const std::string& text) {
  while (err_.find(text) == std::string::npos) {
    if (!read_some()) return false;
  }
  return true;
}

void Program::signal(int number) const { kill(pid_, number); }

Finished Program::wait() {
  while (read_some()) {
  }
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), std::move(out_), std::move(err_)};
}

TempFolder::TempFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "weir-test-XXXXXX").string();
  if (!mkdtemp(name.data())) throw std::runtime_error("mkdtemp " + name);
  path_ = name;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempFolder::write(const std::string& name, const std::string& text) const {
  std::ofstream(path_ / name, std::ios::binary) << text;
  return file(name);
}

std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

std::string data_folder() {
  const char* given = std::getenv("WEIR_DATA");
  const std::filesystem::path folder = given ? given : WEIR_SOURCE_DIR "/../shared/data";
  return std::filesystem::is_directory(folder) ? std::filesystem::canonical(folder).string() : "";
}

}  // namespace weir::test
