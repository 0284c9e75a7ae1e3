// SPDX-License-Identifier: Apache-2.0
#include "transport/journal/segment.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace weir {
namespace {

constexpr std::size_t kReadBytes = 256 << 10;
constexpr std::size_t kPartsAtOnce = 64;  // below IOV_MAX everywhere

Status io_error(const std::string& what) {
  return {errno == ENOENT ? Code::not_found : Code::io, what + ": " + std::strerror(errno)};
}

/// Takes the bytes that were written off the parts, from the first one that is left on.
void advance(std::vector<iovec>& parts, std::size_t& first, std::size_t written) {
  while (written > 0) {
    iovec& part = parts[first];
    const std::size_t taken = std::min(written, part.iov_len);
    part.iov_base = static_cast<std::uint8_t*>(part.iov_base) + taken;
    part.iov_len -= taken;
    written -= taken;
    if (part.iov_len == 0) ++first;
  }
}

}  // namespace

Result<std::unique_ptr<Segment>> Segment::open(std::string path, std::uint64_t number) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
  if (file < 0) return fail(io_error("journal: cannot open " + path).error());
  struct stat facts {};
  if (::fstat(file, &facts) != 0) {
    const Status status = io_error("journal: cannot look at " + path);
    ::close(file);
    return fail(status.error());
  }
  return std::unique_ptr<Segment>(new Segment(std::move(path), number, file, static_cast<std::size_t>(facts.st_size)));
}

Segment::~Segment() { ::close(file_); }

Status Segment::error(std::string_view what) const {
  return io_error("journal: cannot " + std::string(what) + " " + path_);
}

Status Segment::append(std::span<const std::span<const std::uint8_t>> parts) {
  std::vector<iovec> left;
  for (const std::span<const std::uint8_t> part : parts) {
    if (!part.empty()) left.push_back({const_cast<std::uint8_t*>(part.data()), part.size()});  // writev only reads
  }
  std::size_t end = bytes_;
  for (std::size_t first = 0; first < left.size();) {
    const int count = static_cast<int>(std::min(left.size() - first, kPartsAtOnce));
    const ssize_t written = ::pwritev(file_, &left[first], count, static_cast<off_t>(end));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      if (written == 0) errno = ENOSPC;
      const Status status = error("write to");
      static_cast<void>(truncate(bytes_));  // where that fails too, the next record is written over it
      return status;
    }
    end += static_cast<std::size_t>(written);
    advance(left, first, static_cast<std::size_t>(written));
  }
  bytes_ = end;
  return {};
}

Status Segment::read(std::size_t at, std::span<std::uint8_t> into) const {
  while (!into.empty()) {
    const ssize_t got = ::pread(file_, into.data(), into.size(), static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return error("read");
    if (got == 0) return {Code::corrupt, "journal: " + path_ + " ends too early"};
    at += static_cast<std::size_t>(got);
    into = into.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

Status Segment::truncate(std::size_t bytes) {
  if (::ftruncate(file_, static_cast<off_t>(bytes)) != 0) return error("cut");
  bytes_ = bytes;
  return {};
}

Status Segment::sync() { return ::fdatasync(file_) == 0 ? Status() : error("sync"); }

Status Segment::remove() { return ::unlink(path_.c_str()) == 0 ? Status() : error("delete"); }

Result<bool> Segment::body_fits(const RecordHeader& header, std::size_t at, std::vector<std::uint8_t>& buffer) const {
  BodyCheck check;
  for (std::size_t left = header.frame.body_bytes; left > 0;) {
    const std::size_t size = std::min(left, kReadBytes);
    buffer.resize(kReadBytes);
    if (Status status = read(at, {buffer.data(), size}); !status) return fail(status.error());
    check.add({buffer.data(), size});
    at += size;
    left -= size;
  }
  return check.value() == header.frame.body_check;
}

Result<Segment::Scan> Segment::scan(const std::function<void(const RecordHeader&, std::size_t)>& found) const {
  Scan scan;
  std::uint64_t damaged = 0;
  std::vector<std::uint8_t> buffer;
  std::array<std::uint8_t, kRecordHeaderBytes> start{};
  for (std::size_t at = 0; bytes_ - at >= kRecordHeaderBytes;) {
    if (Status status = read(at, start); !status) return fail(status.error());
    const Result<RecordHeader> header = decode_record_header(start);
    if (!header || header->frame.body_bytes > bytes_ - at - kRecordHeaderBytes) break;
    const std::size_t next = at + kRecordHeaderBytes + header->frame.body_bytes;
    const Result<bool> fits = body_fits(*header, at + kRecordHeaderBytes, buffer);
    if (!fits) return fail(fits.error());
    if (*fits) {
      found(*header, at);
      scan.end = next;
      scan.corrupt += damaged;
      damaged = 0;
    } else {
      ++damaged;
    }
    at = next;
  }
  return scan;
}

Status sync_folder(const std::string& folder) {
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return io_error("journal: cannot open " + folder);
  const bool done = ::fsync(file) == 0;
  const Status status = done ? Status() : io_error("journal: cannot sync " + folder);
  ::close(file);
  return status;
}

}  // namespace weir
