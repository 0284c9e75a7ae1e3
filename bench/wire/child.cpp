// SPDX-License-Identifier: Apache-2.0
#include "bench/wire/child.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace weir::bench {

Result<Child> Child::start(const std::function<void(const std::function<void(const std::string&)>&)>& serve) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return fail(Code::io, "no pipe for the answering process");
  const pid_t pid = fork();
  if (pid < 0) return fail(Code::io, "no answering process");
  if (pid == 0) {
    close(ends[0]);
    serve([&](const std::string& line) {
      const std::string text = line + "\n";
      if (write(ends[1], text.data(), text.size()) < 0) _exit(1);
      close(ends[1]);
    });
    _exit(0);
  }
  close(ends[1]);
  std::string line;
  for (char c = 0; read(ends[0], &c, 1) == 1 && c != '\n';) line += c;
  close(ends[0]);
  Child child(pid, std::move(line));
  if (child.line_.empty()) return fail(Code::io, "the answering process could not start");
  return child;
}

Child::Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)), line_(std::move(other.line_)) {}

Child::~Child() {
  if (pid_ > 0) waitpid(pid_, nullptr, 0);
}

}  // namespace weir::bench
