// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>

namespace weir::train::test {

/// A folder of a test's own, removed at its end.
class TempFolder {
 public:
  TempFolder() {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::path(::testing::TempDir()) /
            ("weir_" + std::string(info->test_suite_name()) + "_" + info->name());
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~TempFolder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

  void write(const std::string& name, const std::string& bytes) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << bytes;
  }

  /// Writes a picture of one colour.
  void write_image(const std::string& name, cv::Size size, const cv::Scalar& bgr) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    ASSERT_TRUE(cv::imwrite((path_ / name).string(), cv::Mat(size, CV_8UC3, bgr)));
  }

 private:
  std::filesystem::path path_;
};

/// The shared data folder, or empty where there is none.
inline std::filesystem::path data_folder() {
  const char* given = std::getenv("WEIR_DATA");
  const std::filesystem::path folder = given ? given : WEIR_SOURCE_DIR "/../shared/data";
  return std::filesystem::is_directory(folder) ? folder : std::filesystem::path();
}

}  // namespace weir::train::test
