// SPDX-License-Identifier: Apache-2.0
#include "stages/ingest/image_decoder.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <opencv2/core.hpp>
#include <string_view>
#include <system_error>

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

// Lets a cv::Mat take its memory from a frame, so that OpenCV decodes into it whatever the size turns out to be.
class FrameMemory final : public cv::MatAllocator {
 public:
  explicit FrameMemory(Frame& frame) : frame_(frame) {}

  cv::UMatData* allocate(int dims, const int* sizes, int type, void* data, std::size_t* step, cv::AccessFlag flags,
                         cv::UMatUsageFlags usage) const override {
    if (dims != 2 || type != CV_8UC3 || data) {
      return cv::Mat::getStdAllocator()->allocate(dims, sizes, type, data, step, flags, usage);
    }
    const MutableImageView view = frame_.allocate(sizes[1], sizes[0], PixelFormat::bgr8);
    auto owner = std::make_unique<cv::UMatData>(this);
    owner->data = owner->origdata = view.data;
    owner->size = static_cast<std::size_t>(view.stride) * static_cast<std::size_t>(view.height);
    step[0] = static_cast<std::size_t>(view.stride);
    step[1] = 3;
    return owner.release();
  }
  bool allocate(cv::UMatData*, cv::AccessFlag, cv::UMatUsageFlags) const override { return false; }
  void deallocate(cv::UMatData* owner) const override { delete owner; }  // the pixels stay with the frame

 private:
  Frame& frame_;
};

using DecodeImage = void (*)(const std::vector<std::uint8_t>& bytes, cv::Mat& pixels);

/// The decoder of image_codec.cpp. OpenCV's image codecs bring over a hundred libraries with them; only a run that
/// reads image files loads them.
Result<DecodeImage> load_codec() {
  void* module = ::dlopen("libweir_image_codec.so", RTLD_NOW | RTLD_LOCAL);
  void* function = module ? ::dlsym(module, "weir_decode_image") : nullptr;
  if (function) return reinterpret_cast<DecodeImage>(function);
  const char* reason = ::dlerror();
  return fail(Code::unavailable, std::string("the image codecs cannot be loaded (") +
                                     (reason ? reason : "no reason given") +
                                     "); libweir_image_codec.so belongs beside the program or in its lib/weir");
}

const Result<DecodeImage>& codec() {
  static const Result<DecodeImage> loaded = load_codec();
  return loaded;
}

void copy_to(Frame& frame, const cv::Mat& pixels) {
  const MutableImageView view = frame.allocate(pixels.cols, pixels.rows, PixelFormat::bgr8);
  cv::Mat own(view.height, view.width, CV_8UC3, view.data, static_cast<std::size_t>(view.stride));
  pixels.copyTo(own);
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

Status ImageDecoder::read(const std::string& file, Frame& frame) {
  if (Status status = load(file); !status) return status;
  if (is_cut_jpeg(bytes_)) return {Code::corrupt, file + " is a JPEG without its end"};
  if (!codec()) return Status(codec().error());
  try {
    FrameMemory memory(frame);
    cv::Mat pixels;
    pixels.allocator = &memory;
    (*codec())(bytes_, pixels);
    if (pixels.empty()) return {Code::corrupt, file + " is not a readable PNG, JPEG or BMP image"};
    if (pixels.data != frame.image.data) copy_to(frame, pixels);  // a photograph that was turned upright
  } catch (const std::exception& error) {
    return {Code::corrupt, file + " cannot be decoded: " + error.what()};
  }
  return {};
}

void ImageDecoder::prefetch(const std::string& file) {
  const FileDescriptor fd(file);
  if (fd.get() >= 0) ::posix_fadvise(fd.get(), 0, 0, POSIX_FADV_WILLNEED);
}

}  // namespace weir
