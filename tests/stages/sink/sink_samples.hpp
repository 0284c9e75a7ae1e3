// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include "pipeline/harness.hpp"
#include "pipeline/payloads.hpp"
#include "pipeline/registry.hpp"
#include "stages/register.hpp"

namespace weir {

inline const Registry& sinks() {
  static const Registry registry = [] {
    Registry made;
    EXPECT_TRUE(register_sink_stages(made));
    return made;
  }();
  return registry;
}

/// A folder of one test, removed at its end.
class TempDir {
 public:
  TempDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weir-sink-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

/// A disk of a few pages, to be filled; unmounted at its end.
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& size) : point_(folder_ / "disk") {
    std::filesystem::create_directory(point_);
    mounted_ = ::mount("weir-test", point_.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
    if (!mounted_) why_ = std::strerror(errno);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (mounted_) ::umount2(point_.c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  const std::string& why() const { return why_; }
  std::string operator/(const std::string& name) const { return point_ + "/" + name; }

 private:
  TempDir folder_;
  std::string point_;
  bool mounted_ = false;
  std::string why_;
};

inline std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline ClassNamesPtr road_classes() {
  static const auto names = std::make_shared<const ClassNames>(ClassNames{"person", "car", "dog", "traffic \"light\""});
  return names;
}

inline Tracks tracks(std::vector<Track> items) { return {std::move(items), road_classes(), 320, 180}; }
inline Detections detections(std::vector<Detection> items) { return {std::move(items), road_classes(), 320, 180}; }

/// A grey picture with a bright square that moves from frame to frame.
inline Frame picture(int width, int height, int step = 0) {
  Frame frame;
  const MutableImageView image = frame.allocate(width, height, PixelFormat::bgr8);
  for (int y = 0; y < height; ++y) {
    std::uint8_t* row = image.row(y);
    for (int x = 0; x < 3 * width; ++x) row[x] = static_cast<std::uint8_t>(60 + (x / 3 + y) % 32);
    for (int x = 0; x < 24 && y < 24; ++x) row[3 * ((x + 8 * step) % width)] = 250;
  }
  return frame;
}

}  // namespace weir
