// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <string_view>

#include "pipeline/harness.hpp"
#include "pipeline/payloads.hpp"
#include "stages/media/gst_support.hpp"

namespace weir::test {

/// A folder of its own that goes with the test.
class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "weir_ingest_XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(std::string_view name) const { return (path_ / name).string(); }
  std::string str() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

inline void write_file(const std::string& file, std::string_view bytes) {
  std::filesystem::create_directories(std::filesystem::path(file).parent_path());
  std::ofstream(file, std::ios::binary) << bytes;
}

inline std::string read_file(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

/// Keeps the first `share` of a file.
inline void cut_file(const std::string& file, double share) {
  const auto size = static_cast<double>(std::filesystem::file_size(file));
  std::filesystem::resize_file(file, static_cast<std::uintmax_t>(size * share));
}

/// An image of one colour; `level` is its blue, green and red value.
inline void write_image(const std::string& file, int level, int width = 32, int height = 16) {
  std::filesystem::create_directories(std::filesystem::path(file).parent_path());
  ASSERT_TRUE(cv::imwrite(file, cv::Mat(height, width, CV_8UC3, cv::Scalar::all(level))));
}

/// Blue of the pixel in the middle.
inline int level_of(const Frame& frame) { return frame.image.row(frame.image.height / 2)[3 * (frame.image.width / 2)]; }

/// Runs a GStreamer pipeline to its end.
inline void run_pipeline(const std::string& description) {
  ASSERT_TRUE(gst::init().ok());
  auto pipeline = gst::parse(description);
  ASSERT_TRUE(pipeline) << pipeline.error().text;
  gst_element_set_state(pipeline->get(), GST_STATE_PLAYING);
  const auto kinds = static_cast<GstMessageType>(GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  const auto message = gst::pop_message(pipeline->get(), kinds, 60 * GST_SECOND);
  ASSERT_TRUE(message) << "the pipeline did not end";
  ASSERT_EQ(GST_MESSAGE_TYPE(message.get()), GST_MESSAGE_EOS) << gst::error_text(message.get());
}

/// The shared data folder, or empty where there is none.
inline std::string data_folder() {
  const char* given = std::getenv("WEIR_DATA");
  const std::string folder = given ? given : std::string(WEIR_SOURCE_DIR) + "/../shared/data";
  return std::filesystem::is_directory(folder) ? folder : std::string();
}

inline double seconds(Duration time) { return static_cast<double>(time.count()) * 1e-9; }

}  // namespace weir::test
