// SPDX-License-Identifier: Apache-2.0
#include "pipeline/record/frame_store.hpp"

#include <sstream>

namespace weir {

namespace {
constexpr int kMaxSide = 16384;
}

Result<std::unique_ptr<FrameStore>> FrameStore::open(const std::string& path, bool read) {
  auto store = std::unique_ptr<FrameStore>(new FrameStore);
  store->path_ = path;
  store->reading_ = read;
  const auto mode = std::ios::binary | (read ? std::ios::in : std::ios::out | std::ios::trunc);
  store->file_.open(path, mode);
  if (!store->file_) {
    return read ? fail(Code::not_found, "the recording has no frames of this source at " + path)
                : fail(Code::io, "cannot write the frames of a live source to " + path);
  }
  return store;
}

void FrameStore::write(const Frame* frame, Reason dropped) {
  const ImageView image = frame ? frame->image : ImageView{};
  file_ << image.width << ' ' << image.height << ' ' << static_cast<int>(image.format) << ' '
        << (dropped == Reasons::none ? "-" : dropped.text()) << '\n';
  const auto row_bytes = static_cast<std::streamsize>(image.width) * bytes_per_pixel(image.format);
  for (int y = 0; y < image.height; ++y) file_.write(reinterpret_cast<const char*>(image.row(y)), row_bytes);
}

Result<Reason> FrameStore::read(Frame& frame) {
  std::string line;
  if (!std::getline(file_, line)) return fail(Code::corrupt, path_ + " ends before the recording does");
  std::istringstream header(line);
  int width = 0;
  int height = 0;
  int format = 0;
  std::string dropped;
  header >> width >> height >> format;
  std::getline(header >> std::ws, dropped);
  const bool valid =
      width >= 0 && height >= 0 && width <= kMaxSide && height <= kMaxSide && (format == 0 || format == 1);
  if (!header || !valid) return fail(Code::corrupt, path_ + ": unreadable frame header \"" + line.substr(0, 60) + "\"");
  if (width > 0) {
    const MutableImageView image = frame.allocate(width, height, static_cast<PixelFormat>(format));
    const auto row_bytes = static_cast<std::streamsize>(width) * bytes_per_pixel(image.format);
    for (int y = 0; y < height; ++y) file_.read(reinterpret_cast<char*>(image.row(y)), row_bytes);
    if (!file_) return fail(Code::corrupt, path_ + " ends in the middle of a frame");
  }
  return dropped == "-" ? Reasons::none : Reason::intern(dropped);
}

Status FrameStore::close() {
  if (reading_) return {};
  file_.flush();
  if (!file_) return {Code::io, "writing " + path_ + " failed (is the disk full?); the recording cannot be replayed"};
  return {};
}

}  // namespace weir
