// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kernels/base/status.hpp"
#include "transport/journal/record_format.hpp"

namespace weir {

/// One file of a journal. Thread-compatible.
class Segment {
 public:
  /// Opens `path`, or makes it with mode 0600.
  static Result<std::unique_ptr<Segment>> open(std::string path, std::uint64_t number);
  ~Segment();
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  std::uint64_t number() const { return number_; }
  std::size_t bytes() const { return bytes_; }

  /// Writes the parts one behind the other at the end; on failure (Code::io) the file is as it was before.
  Status append(std::span<const std::span<const std::uint8_t>> parts);

  /// Reads exactly these bytes; Code::corrupt when the file ends before.
  Status read(std::size_t at, std::span<std::uint8_t> into) const;

  Status truncate(std::size_t bytes);
  Status sync();
  Status remove();  ///< deletes the file; nothing else may be called afterwards

  /// What a scan found. The file is good up to `end`; `corrupt` counts damaged places before it.
  struct Scan {
    std::size_t end = 0;
    std::uint64_t corrupt = 0;
  };
  /// Hands over the header and place of every record whose checks fit, in order.
  Result<Scan> scan(const std::function<void(const RecordHeader&, std::size_t at)>& found) const;

 private:
  Segment(std::string path, std::uint64_t number, int file, std::size_t bytes)
      : path_(std::move(path)), number_(number), file_(file), bytes_(bytes) {}
  Status error(std::string_view what) const;
  Result<bool> body_fits(const RecordHeader& header, std::size_t at, std::vector<std::uint8_t>& buffer) const;

  std::string path_;
  std::uint64_t number_;
  int file_;
  std::size_t bytes_;
};

/// Makes a new or deleted file of a folder safe against a power cut.
Status sync_folder(const std::string& folder);

}  // namespace weir
