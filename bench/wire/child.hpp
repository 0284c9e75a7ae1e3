// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "kernels/base/status.hpp"

namespace weir::bench {

/// A child process that answers. It says one line when it is ready.
class Child {
 public:
  /// Runs `serve` in the child; it gets a function that passes the line on. The child ends when it returns.
  static Result<Child> start(const std::function<void(const std::function<void(const std::string&)>& ready)>& serve);

  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  ~Child();  ///< waits until it has ended, so that its processor time is known

  const std::string& line() const { return line_; }

 private:
  Child(pid_t pid, std::string line) : pid_(pid), line_(std::move(line)) {}
  pid_t pid_;
  std::string line_;
};

}  // namespace weir::bench
