// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "kernels/base/status.hpp"

namespace weir {

/// Creates the folders above `path` that do not exist yet. `key` is the launch key that errors name.
Status make_parent_folders(const std::string& path, std::string_view key);

/// `pattern` with every "{stream}" replaced by `stream`.
std::string expand_stream(std::string_view pattern, std::string_view stream);

/// A text file that holds whole lines only, whatever happens: what a failed write left of a line is cut off again.
///
/// Lines go to the system with each write, so a killed process loses none; close() waits until they are on the disk.
/// Thread-compatible; move-only.
class OutputFile {
 public:
  /// Creates the file, or empties it, and the folders above it. An error when it cannot be written, is a folder, or
  /// another writer has it open. `key` is the launch key that errors name.
  static Result<OutputFile> create(std::string path, std::string_view key);

  OutputFile() = default;
  OutputFile(OutputFile&& other) noexcept { *this = std::move(other); }
  OutputFile& operator=(OutputFile&& other) noexcept;
  ~OutputFile();

  /// Appends lines, each ending in '\n'. On an error the lines that did not fit are lost and counted, those before them
  /// are in the file, and a later write may succeed again.
  Status write(std::string_view lines);

  /// Puts everything on the disk; an error when that fails or when lines were lost before. Later calls do nothing.
  Status close();

  std::uint64_t bytes() const { return size_; }  ///< in the file; all of them whole lines
  std::uint64_t lost_lines() const { return lost_; }

 private:
  Status failure(std::string_view what, int error) const;

  int fd_ = -1;
  std::uint64_t size_ = 0;
  std::uint64_t lost_ = 0;
  std::string path_;
  std::string key_;
};

}  // namespace weir
