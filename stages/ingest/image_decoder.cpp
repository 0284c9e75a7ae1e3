// SPDX-License-Identifier: Apache-2.0
#include "stages/ingest/image_decoder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>

#include "engine/module.hpp"
#include "stages/ingest/image_codec.hpp"

namespace weir {
namespace {

constexpr std::int64_t kMaxFileBytes = std::int64_t{1} << 29;

class FileDescriptor {
 public:
  explicit FileDescriptor(const std::string& file) : fd_(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

std::string system_error_text() { return std::generic_category().message(errno); }

// libjpeg fills what is missing with grey and calls that success, so the end mark is looked for here. Within the scan
// data a mark cannot occur by chance; one in a thumbnail comes before the last scan begins.
bool is_cut_jpeg(const std::vector<std::uint8_t>& bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with("\xFF\xD8")) return false;
  const std::size_t scan = text.rfind("\xFF\xDA");
  const std::size_t end = text.rfind("\xFF\xD9");
  return end == std::string_view::npos || (scan != std::string_view::npos && end < scan);
}

class FrameMemory final : public PixelMemory {
 public:
  explicit FrameMemory(Frame& frame) : frame_(frame) {}
  MutableImageView allocate(int width, int height) override {
    return frame_.allocate(width, height, PixelFormat::bgr8);
  }

 private:
  Frame& frame_;
};

const Result<DecodeImage*>& codec() {
  static const auto loaded = load_from_module<DecodeImage>("the image codecs", "weir_image_codec", "weir_decode_image");
  return loaded;
}

}  // namespace

Status ImageDecoder::load(const std::string& file) {
  const FileDescriptor fd(file);
  struct stat info {};
  if (fd.get() < 0 || ::fstat(fd.get(), &info) != 0) {
    return {Code::not_found, file + " cannot be opened: " + system_error_text()};
  }
  if (!S_ISREG(info.st_mode)) return {Code::not_found, file + " is not a regular file"};
  if (info.st_size == 0) return {Code::corrupt, file + " is empty"};
  if (info.st_size > kMaxFileBytes) return {Code::corrupt, file + " is larger than 512 MiB, too large for an image"};
  bytes_.resize(static_cast<std::size_t>(info.st_size));
  std::size_t have = 0;
  while (have < bytes_.size()) {
    const ::ssize_t got = ::read(fd.get(), bytes_.data() + have, bytes_.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return {Code::io, file + " cannot be read: " + (got < 0 ? system_error_text() : "it ended early")};
    have += static_cast<std::size_t>(got);
  }
  return {};
}

Status ImageDecoder::load_codecs() { return codec() ? Status{} : Status(codec().error()); }

Status ImageDecoder::read(const std::string& file, Frame& frame) {
  if (Status status = load(file); !status) return status;
  if (is_cut_jpeg(bytes_)) return {Code::corrupt, file + " is a JPEG without its end"};
  if (Status status = load_codecs(); !status) return status;
  FrameMemory memory(frame);
  std::string why;
  if ((*codec())(bytes_, memory, why)) return {};
  return {Code::corrupt,
          file + (why.empty() ? " is not a readable PNG, JPEG or BMP image" : " cannot be decoded: " + why)};
}

void ImageDecoder::prefetch(const std::string& file) {
  const FileDescriptor fd(file);
  if (fd.get() >= 0) ::posix_fadvise(fd.get(), 0, 0, POSIX_FADV_WILLNEED);
}

}  // namespace weir
