// SPDX-License-Identifier: Apache-2.0
#include "transport/journal/journal_files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <optional>

namespace weir {
namespace {

constexpr std::string_view kSuffix = ".weir";
constexpr std::size_t kDigits = 16;

std::optional<std::uint64_t> segment_number(const std::string& name) {
  if (name.size() != kDigits + kSuffix.size() || !name.ends_with(kSuffix)) return {};
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + kDigits, number);
  if (error != std::errc() || end != name.data() + kDigits) return {};
  return number;
}

}  // namespace

std::string segment_path(const std::string& folder, std::uint64_t number) {
  const std::string digits = std::to_string(number);
  return folder + "/" + std::string(kDigits - std::min(kDigits, digits.size()), '0') + digits + std::string(kSuffix);
}

Result<std::unique_ptr<FolderLock>> FolderLock::take(const std::string& folder) {
  if (::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    return fail(Code::io, "journal: cannot make the folder " + folder + ": " + std::strerror(errno) +
                              "; name one that this program may write to");
  }
  const std::string path = folder + "/lock";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
  if (file < 0)
    return fail(Code::io, "journal: cannot open " + path + ": " + std::strerror(errno) +
                              "; name a folder that this program may write to");
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    ::close(file);
    return fail(Code::unavailable, "journal: " + folder + " is in use by another process; give each its own folder");
  }
  return std::unique_ptr<FolderLock>(new FolderLock(file));
}

FolderLock::~FolderLock() { ::close(file_); }

Result<JournalFiles> open_segments(const std::string& folder) {
  JournalFiles files;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::optional<std::uint64_t> number = segment_number(entry->path().filename().string());
    if (!number) continue;
    Result<std::unique_ptr<Segment>> segment = Segment::open(entry->path().string(), *number);
    if (!segment) return fail(segment.error());
    files[*number].segment = std::move(*segment);
  }
  if (error) return fail(Code::io, "journal: cannot list " + folder + ": " + error.message());
  return files;
}

}  // namespace weir
