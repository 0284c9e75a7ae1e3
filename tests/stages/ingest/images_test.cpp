// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "stages/ingest/image_files.hpp"
#include "stages/ingest/stages.hpp"
#include "tests/stages/ingest/test_files.hpp"

namespace weir {
namespace {

using test::write_image;
using ::testing::AllOf;
using ::testing::HasSubstr;

class ImagesTest : public ::testing::Test {
 protected:
  ImagesTest() { EXPECT_TRUE(add_ingest_images(registry_)); }

  test::TempFolder folder_;
  Registry registry_;
};

TEST_F(ImagesTest, PlaysAFolderInTheOrderOfItsNumbers) {
  write_image(folder_ / "frame_10.png", 100, 48, 24);
  write_image(folder_ / "frame_9.jpg", 90);
  write_image(folder_ / "frame_1.BMP", 10);
  test::write_file(folder_ / "notes.txt", "not an image");
  StageHarness harness(registry_, "ingest.images", {{"path", folder_.str()}, {"fps", "20"}});
  ASSERT_TRUE(harness.open());
  for (const int want : {10, 90, 100}) {
    ASSERT_TRUE(harness.run());
    const auto* frame = harness.output<Frame>("frame");
    ASSERT_NE(frame, nullptr);
    EXPECT_NEAR(test::level_of(*frame), want, 2);
    EXPECT_EQ(frame->image.width, want == 100 ? 48 : 32);
    EXPECT_FALSE(frame->has_truth);
  }
  EXPECT_NEAR(test::seconds(harness.media_time()), 0.1, 1e-6);
  ASSERT_TRUE(harness.run());
  EXPECT_TRUE(harness.ended());
}

TEST_F(ImagesTest, DropsWhatItCannotDecodeAndGoesOn) {
  cv::Mat noise(64, 64, CV_8UC3);
  cv::randu(noise, 0, 255);
  write_image(folder_ / "0.png", 5);
  test::write_file(folder_ / "1.png", "this is not an image");
  ASSERT_TRUE(cv::imwrite(folder_ / "2.jpg", noise));
  test::cut_file(folder_ / "2.jpg", 0.6);
  ASSERT_TRUE(cv::imwrite(folder_ / "3.png", noise));
  test::cut_file(folder_ / "3.png", 0.6);
  test::write_file(folder_ / "4.bmp", "");
  write_image(folder_ / "5.png", 50);
  StageHarness harness(registry_, "ingest.images", {{"path", folder_.str()}});
  ASSERT_TRUE(harness.open());
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(harness.run());
    const bool good = i == 0 || i == 5;
    EXPECT_EQ(harness.output<Frame>("frame") != nullptr, good) << i;
    EXPECT_EQ(harness.drop_reason(), good ? Reasons::none.text() : Reasons::decode_error.text()) << i;
    EXPECT_NEAR(test::seconds(harness.media_time()), 0.1 * i, 1e-6);
  }
  EXPECT_EQ(test::level_of(*harness.output<Frame>("frame")), 50);
  ASSERT_EQ(harness.warnings().size(), 3u);
  EXPECT_THAT(harness.warnings()[0], AllOf(HasSubstr(folder_ / "1.png"), HasSubstr("dropped")));
}

TEST_F(ImagesTest, AcceptsAPatternAndLoops) {
  write_image(folder_ / "a1.png", 1);
  write_image(folder_ / "a2.png", 2);
  write_image(folder_ / "b1.png", 3);
  StageHarness harness(registry_, "ingest.images", {{"path", folder_ / "a*.png"}, {"loop", "true"}});
  ASSERT_TRUE(harness.open());
  for (const int want : {1, 2, 1, 2, 1}) {
    ASSERT_TRUE(harness.run());
    EXPECT_EQ(test::level_of(*harness.output<Frame>("frame")), want);
  }
  EXPECT_NEAR(test::seconds(harness.media_time()), 0.4, 1e-6);
}

TEST_F(ImagesTest, NamesAFolderThatIsNotThereOrEmpty) {
  StageHarness missing(registry_, "ingest.images", {{"path", folder_ / "nowhere"}});
  const Status status = missing.open();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::not_found);
  EXPECT_THAT(status.error().text,
              AllOf(HasSubstr("path"), HasSubstr(folder_ / "nowhere"), HasSubstr("name a folder")));
  StageHarness empty(registry_, "ingest.images", {{"path", folder_.str()}});
  const Status nothing = empty.open();
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, Code::not_found);
  EXPECT_THAT(nothing.error().text, HasSubstr("no .png"));
}

TEST(NaturalOrder, ComparesRunsOfDigitsAsNumbers) {
  EXPECT_TRUE(natural_less("frame_9", "frame_10"));
  EXPECT_FALSE(natural_less("frame_10", "frame_9"));
  EXPECT_TRUE(natural_less("a", "b1"));
  EXPECT_TRUE(natural_less("x1", "x1a"));
  EXPECT_TRUE(natural_less("x00000000000000000000001y", "x99999999999999999999999999999999999999999"));
  EXPECT_NE(natural_less("x01", "x1"), natural_less("x1", "x01"));
  EXPECT_FALSE(natural_less("same", "same"));
}

}  // namespace
}  // namespace weir
