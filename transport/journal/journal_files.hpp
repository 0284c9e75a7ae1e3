// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "transport/journal/journal.hpp"
#include "transport/journal/segment.hpp"

namespace weir {

/// One segment and what is in it.
struct JournalFile {
  std::unique_ptr<Segment> segment;
  std::vector<RecordKey> keys;
  std::size_t waiting = 0;  ///< of its records
};

using JournalFiles = std::map<std::uint64_t, JournalFile>;  // by number: oldest first

/// "FOLDER/0000000000000007.weir"
std::string segment_path(const std::string& folder, std::uint64_t number);

/// Makes the folder if need be and holds it for this process until the lock goes.
class FolderLock {
 public:
  static Result<std::unique_ptr<FolderLock>> take(const std::string& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  explicit FolderLock(int file) : file_(file) {}
  int file_;
};

/// Opens every segment of a folder.
Result<JournalFiles> open_segments(const std::string& folder);

}  // namespace weir
