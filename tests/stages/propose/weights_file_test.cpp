// SPDX-License-Identifier: Apache-2.0
#include "stages/propose/weights_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace weir {
namespace {

using testing::HasSubstr;

class WeightsFile : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::create_directories(folder_);
    file_ = (folder_ / "some.lstm").string();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

  std::filesystem::path folder_;
  std::string file_;
};

TEST_F(WeightsFile, IsReadIfItsHashIsRight) {
  write(file_, "abc");
  write(file_ + ".sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  some.lstm\n");
  const auto bytes = read_weights_file(file_);
  ASSERT_TRUE(bytes) << bytes.error().text;
  EXPECT_EQ(*bytes, "abc");
}

TEST_F(WeightsFile, IsRefusedWithAnotherHashOrNone) {
  EXPECT_EQ(read_weights_file(file_).error().code, Code::not_found);
  write(file_, "abd");
  const auto without = read_weights_file(file_);
  ASSERT_FALSE(without);
  EXPECT_THAT(without.error().text, HasSubstr("some.lstm.sha256"));
  write(file_ + ".sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n");
  const auto altered = read_weights_file(file_);
  ASSERT_FALSE(altered);
  EXPECT_EQ(altered.error().code, Code::corrupt);
  write(file_ + ".sha256", "");
  EXPECT_FALSE(read_weights_file(file_));
}

}  // namespace
}  // namespace weir
