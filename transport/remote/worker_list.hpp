// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "transport/link/link.hpp"

namespace weir {

/// What a text holds that names workers, one address per line. Blank lines count for nothing, nor does what follows a #
/// at a line's beginning or after a blank.
struct WorkerLines {
  struct Problem {
    int line = 0;  ///< from 1
    std::string text;
    bool operator==(const Problem&) const = default;
  };
  std::vector<Address> workers;   ///< each once, in the order of the lines; at most 1000
  std::vector<Problem> problems;  ///< of lines that name no worker, or one that these options do not allow
};

WorkerLines read_worker_lines(std::string_view text, const LinkOptions& rules);

/// A file that names workers and may change while it is used. Not thread-safe.
class WorkerList {
 public:
  /// Reads it. Code::not_found when that is not possible; a bad line is a warning only.
  static Result<WorkerList> open(std::string path, LinkOptions rules);

  const std::string& path() const { return path_; }
  const std::vector<Address>& workers() const { return workers_; }  ///< as last read

  /// To be called now and then: reads the file again when it has changed since the last time it was read, and not since
  /// the last call, so that nobody is in the middle of writing it. Whether workers() changed; of a file that cannot be
  /// read, they stay.
  bool look();

  /// What a user should see, each once: bad lines, and that the file cannot be read any more.
  std::vector<std::string> take_warnings();

 private:
  /// What tells one content of the file from another without reading it.
  struct Stamp {
    bool there = false;
    std::uint64_t device = 0, inode = 0;
    std::int64_t size = 0, modified_s = 0, modified_ns = 0, changed_s = 0, changed_ns = 0;
    bool operator==(const Stamp&) const = default;
  };

  WorkerList(std::string path, LinkOptions rules) : path_(std::move(path)), rules_(std::move(rules)) {}
  static Stamp stamp_of(const std::string& path);
  void take(std::string_view text);

  std::string path_;
  LinkOptions rules_;
  std::vector<Address> workers_;
  std::vector<WorkerLines::Problem> problems_;  // as last read
  std::vector<std::string> warnings_;
  Stamp seen_;                  // at the last look
  std::optional<Stamp> taken_;  // of what workers_ are from; nothing: it may have been read in the middle of a change
};

}  // namespace weir
