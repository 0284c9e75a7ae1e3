// SPDX-License-Identifier: Apache-2.0
#include "stages/sink/output_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace weir {
namespace {

std::string reason(int error) { return std::generic_category().message(error); }

// Writes all it can; returns how many bytes that was and leaves the cause of a short write in `error`.
std::size_t write_all(int fd, std::string_view bytes, int& error) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::write(fd, bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      error = count < 0 ? errno : ENOSPC;
      break;
    }
    done += static_cast<std::size_t>(count);
  }
  return done;
}

}  // namespace

Status make_parent_folders(const std::string& path, std::string_view key) {
  const auto parent = std::filesystem::path(path).parent_path();
  if (parent.empty()) return {};
  std::error_code error;
  std::filesystem::create_directories(parent, error);
  if (!error) return {};
  return {Code::io, std::string(key) + ": cannot create the folder \"" + parent.string() + "\" for \"" + path +
                        "\": " + error.message() + "; name a folder that may be written"};
}

std::string expand_stream(std::string_view pattern, std::string_view stream) {
  constexpr std::string_view kMark = "{stream}";
  std::string text;
  for (std::size_t at = pattern.find(kMark); at != std::string_view::npos; at = pattern.find(kMark)) {
    text.append(pattern.substr(0, at)).append(stream);
    pattern.remove_prefix(at + kMark.size());
  }
  return text.append(pattern);
}

Result<OutputFile> OutputFile::create(std::string path, std::string_view key) {
  if (path.empty()) return fail(Code::invalid, std::string(key) + ": is empty; give the name of the file to write");
  if (Status status = make_parent_folders(path, key); !status) return fail(status.error());
  OutputFile file;
  file.path_ = std::move(path);
  file.key_ = key;
  file.fd_ = ::open(file.path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (file.fd_ < 0) return fail(file.failure("create", errno).error());
  struct stat info {};
  if (::fstat(file.fd_, &info) != 0 || !S_ISREG(info.st_mode))
    return file;  // a pipe or device: nothing to lock or empty
  if (::flock(file.fd_, LOCK_EX | LOCK_NB) != 0) {
    return fail(Code::unavailable, file.key_ + ": \"" + file.path_ +
                                       "\" is being written by another stage or program; give each its own file");
  }
  if (::ftruncate(file.fd_, 0) != 0) return fail(file.failure("empty", errno).error());
  return file;
}

OutputFile& OutputFile::operator=(OutputFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(size_, other.size_);
  std::swap(lost_, other.lost_);
  std::swap(path_, other.path_);
  std::swap(key_, other.key_);
  return *this;
}

OutputFile::~OutputFile() {
  if (fd_ >= 0) ::close(fd_);
}

Status OutputFile::write(std::string_view lines) {
  if (fd_ < 0) return {Code::internal, key_ + ": write to a closed file"};
  int error = 0;
  const std::size_t written = write_all(fd_, lines, error);
  if (written == lines.size()) {
    size_ += written;
    return {};
  }
  const std::string_view arrived = lines.substr(0, written);
  const std::size_t whole = arrived.rfind('\n') + 1;  // npos + 1 is 0: no whole line arrived
  size_ += whole;
  lost_ +=
      static_cast<std::uint64_t>(std::count(lines.begin() + static_cast<std::ptrdiff_t>(whole), lines.end(), '\n'));
  // Best effort: a pipe cannot be cut, and what it took has been read already.
  if (whole < written && ::ftruncate(fd_, static_cast<off_t>(size_)) == 0) {
    ::lseek(fd_, static_cast<off_t>(size_), SEEK_SET);
  }
  return failure("write", error);
}

Status OutputFile::close() {
  if (fd_ < 0) return {};
  const int fd = std::exchange(fd_, -1);
  const int sync_error = ::fsync(fd) == 0 || errno == EINVAL || errno == EROFS ? 0 : errno;  // EINVAL: a pipe, a device
  const int close_error = ::close(fd) == 0 ? 0 : errno;
  if (const int error = sync_error ? sync_error : close_error) return failure("finish", error);
  if (lost_ == 0) return {};
  return {Code::io, key_ + ": \"" + path_ + "\" is incomplete: " + std::to_string(lost_) +
                        " lines could not be written, " + std::to_string(size_) +
                        " bytes of whole lines could; free space and run again"};
}

Status OutputFile::failure(std::string_view what, int error) const {
  std::string text = key_ + ": cannot " + std::string(what) + " \"" + path_ + "\": " + reason(error);
  if (size_ > 0) text += " after " + std::to_string(size_) + " bytes; these are kept and end with a whole line";
  text += error == ENOSPC || error == EDQUOT ? "; free space there or name another path"
                                             : "; name a file that may be written";
  return {Code::io, std::move(text)};
}

}  // namespace weir
