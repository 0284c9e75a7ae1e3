// SPDX-License-Identifier: Apache-2.0
#include "train/common/data/image_tar.hpp"

#include <gmock/gmock.h>

#include <cstdio>

#include "tests/train/data/data_files.hpp"

namespace weir::train {
namespace {

using test::TempFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string octal(std::size_t value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%0*zo", digits, value);
  return text;
}

/// One member of a ustar archive: header and padded contents.
std::string member(const std::string& name, const std::string& bytes, char type = '0', std::size_t claimed = 0) {
  std::string header(512, '\0');
  header.replace(0, name.size(), name);
  header.replace(124, 11, octal(claimed > 0 ? claimed : bytes.size(), 11));
  header.replace(148, 8, "        ");
  header[156] = type;
  header.replace(257, 5, "ustar");
  std::size_t sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  header.replace(148, 7, octal(sum, 6) + '\0');
  return header + bytes + std::string((512 - bytes.size() % 512) % 512, '\0');
}

std::string png(cv::Size size, const cv::Scalar& bgr) {
  std::vector<unsigned char> bytes;
  cv::imencode(".png", cv::Mat(size, CV_8UC3, bgr), bytes);
  return {bytes.begin(), bytes.end()};
}

const cv::Size kSize(4, 3);
const std::string kEnd(1024, '\0');

TEST(ImageTar, SortsClassesAndKeepsPixelsBlueFirst) {
  const TempFolder folder;
  folder.write("a.tar", member("train/", "", '5') + member("train/truck/0.png", png(kSize, {1, 2, 3})) +
                            member("train/bird/0.png", png(kSize, {4, 5, 6})) +
                            member("train/truck/1.png", png(kSize, {7, 8, 9})) + kEnd);
  ReadReport report;
  const auto set = read_image_tar(folder / "a.tar", report);
  ASSERT_TRUE(set) << set.error().text;
  EXPECT_THAT(set->classes, ElementsAre("bird", "truck"));
  EXPECT_THAT(set->labels, ElementsAre(1, 0, 1));
  EXPECT_EQ(set->width, 4);
  EXPECT_EQ(set->height, 3);
  ASSERT_EQ(set->pixels.size(), 3U * 4 * 3 * 3);
  EXPECT_EQ(set->image(1)[0], 4);
  EXPECT_EQ(set->image(2)[2], 9);
  EXPECT_EQ(report.images, 3);
}

TEST(ImageTar, LeavesOutImagesThatDoNotFit) {
  const TempFolder folder;
  folder.write("a.tar", member("x/a/0.png", png(kSize, {})) + member("x/a/1.png", "no image") +
                            member("x/a/2.png", png({5, 5}, {})) + member("loose.png", png(kSize, {})) + kEnd);
  ReadReport report;
  const auto set = read_image_tar(folder / "a.tar", report);
  ASSERT_TRUE(set) << set.error().text;
  EXPECT_EQ(set->size(), 1U);
  EXPECT_EQ(report.unreadable, 3);
  EXPECT_THAT(report.warnings, ElementsAre(HasSubstr("a.tar:x/a/1.png: does not decode"), HasSubstr("differs in size"),
                                           HasSubstr("loose.png: lies in no folder")));
}

TEST(ImageTar, RefusesBrokenArchives) {
  const TempFolder folder;
  const std::string good = member("x/a/0.png", png(kSize, {}));
  std::string changed = good;
  changed[3] ^= 1;
  folder.write("sum.tar", changed + kEnd);
  folder.write("short.tar", good + member("x/a/1.png", std::string(600, 'x')).substr(0, 700));
  folder.write("large.tar", member("x/a/0.png", "x", '0', 5U << 20U) + kEnd);
  folder.write("empty.tar", kEnd);
  folder.write("text.tar", std::string(512, 'a'));
  ReadReport report;
  const auto code = [&](const char* name) {
    const auto set = read_image_tar(folder / name, report);
    return set ? Code::internal : set.error().code;
  };
  EXPECT_EQ(code("sum.tar"), Code::corrupt);
  EXPECT_EQ(code("short.tar"), Code::corrupt);
  EXPECT_EQ(code("large.tar"), Code::unsupported);
  EXPECT_EQ(code("empty.tar"), Code::corrupt);
  EXPECT_EQ(code("text.tar"), Code::corrupt);
  EXPECT_EQ(code("none.tar"), Code::not_found);
}

TEST(ImageTar, ReadsCifar) {
  const std::filesystem::path data = test::data_folder();
  if (data.empty()) GTEST_SKIP() << "needs the shared data (WEIR_DATA)";
  ReadReport report;
  const auto set = read_image_tar(data / "cifar10" / "test.tar", report);
  ASSERT_TRUE(set) << set.error().text;
  EXPECT_EQ(set->size(), 5000U);
  EXPECT_THAT(set->classes,
              ElementsAre("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"));
  EXPECT_EQ(set->width, 32);
  EXPECT_EQ(report.unreadable, 0);
}

}  // namespace
}  // namespace weir::train
