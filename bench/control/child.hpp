// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "kernels/base/status.hpp"

namespace weir::bench {

/// Another program, started in the network that the calling thread is in; it ends with this object. What it says goes
/// to a file.
class Child {
 public:
  static Result<Child> start(const std::vector<std::string>& command, const std::string& log);
  ~Child();
  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)), log_(std::move(other.log_)) {}
  Child& operator=(Child&&) = delete;

  /// Its exit code when it has ended; a signal counts as 128 and its number.
  int wait();

  /// Asks it to stop, and waits.
  int interrupt();

  /// Waits until its log holds this text, for 60 s at most.
  bool wait_for(const std::string& text) const;

  std::string log() const;

 private:
  Child(pid_t pid, std::string log) : pid_(pid), log_(std::move(log)) {}

  pid_t pid_ = -1;
  std::string log_;
};

}  // namespace weir::bench
