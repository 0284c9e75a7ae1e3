// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <map>

#include "stages/ingest/stages.hpp"
#include "tests/stages/ingest/test_files.hpp"

namespace weir {
namespace {

using test::write_image;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::string_view kRest = " 0 0 -1.5 10 20 30 40 1.5 1.6 4.0 1 2 3 0.1";

class KittiTest : public ::testing::Test {
 protected:
  KittiTest() { EXPECT_TRUE(add_ingest_kitti(registry_)); }

  StageHarness open(const std::string& path, std::map<std::string, std::string> params = {}) {
    params["path"] = path;
    return StageHarness(registry_, "ingest.kitti", params);
  }

  // Images 2, 3 and 5 of sequence 0007; labels for 1 to 3, one line broken.
  void write_tracking() {
    for (const int i : {2, 3, 5}) write_image(folder_ / ("image_02/0007/00000" + std::to_string(i) + ".png"), 10 * i);
    const std::string rest(kRest);
    test::write_file(folder_ / "label_02/0007.txt", "1 0 Car" + rest + "\n2 0 Car" + rest + "\n2 -1 DontCare" + rest +
                                                        "\n2 4 Van zero\n3 1 Pedestrian" + rest + "\n");
  }

  test::TempFolder folder_;
  Registry registry_;
};

TEST_F(KittiTest, PlaysTheTrackingLayoutWithItsTruth) {
  write_tracking();
  StageHarness harness = open(folder_ / "image_02/0007");
  ASSERT_TRUE(harness.open());
  ASSERT_EQ(harness.warnings().size(), 1u);
  EXPECT_THAT(harness.warnings()[0], AllOf(HasSubstr("label_02/0007.txt:4"), HasSubstr("skipped")));

  ASSERT_TRUE(harness.run());
  const auto* frame = harness.output<Frame>("frame");
  ASSERT_NE(frame, nullptr);
  EXPECT_EQ(test::level_of(*frame), 20);
  ASSERT_TRUE(frame->has_truth);
  ASSERT_EQ(frame->truth.size(), 2u);
  EXPECT_EQ(frame->truth[0].type, "Car");
  EXPECT_EQ(frame->truth[0].box, (Box{10, 20, 30, 40}));
  EXPECT_EQ(frame->truth[1].track_id, -1);

  ASSERT_TRUE(harness.run());
  EXPECT_EQ(harness.output<Frame>("frame")->truth.at(0).track_id, 1);
  EXPECT_NEAR(test::seconds(harness.media_time()), 0.1, 1e-6);
  ASSERT_TRUE(harness.run());
  EXPECT_TRUE(harness.output<Frame>("frame")->has_truth);
  EXPECT_TRUE(harness.output<Frame>("frame")->truth.empty());
  EXPECT_NEAR(test::seconds(harness.media_time()), 0.3, 1e-6) << "image 4 is missing, time goes on";
  ASSERT_TRUE(harness.run());
  EXPECT_TRUE(harness.ended());
}

TEST_F(KittiTest, TakesLabelsFromElsewhereOrLeavesThemOut) {
  write_tracking();
  std::filesystem::rename(folder_ / "label_02/0007.txt", folder_ / "mine.txt");
  StageHarness none = open(folder_ / "image_02/0007", {{"labels", "none"}});
  ASSERT_TRUE(none.open());
  ASSERT_TRUE(none.run());
  EXPECT_FALSE(none.output<Frame>("frame")->has_truth);
  StageHarness mine = open(folder_ / "image_02/0007/", {{"labels", folder_ / "mine.txt"}});
  ASSERT_TRUE(mine.open());
  ASSERT_TRUE(mine.run());
  EXPECT_EQ(mine.output<Frame>("frame")->truth.size(), 2u);
  const Status status = open(folder_ / "image_02/0007", {{"labels", folder_ / "other.txt"}}).open();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::not_found);
  EXPECT_THAT(status.error().text, AllOf(HasSubstr("labels"), HasSubstr("other.txt"), HasSubstr("none")));
}

TEST_F(KittiTest, PlaysTheRawLayoutByItsTimeStamps) {
  for (int i = 0; i < 3; ++i) write_image(folder_ / ("drive/image_02/data/000000000" + std::to_string(i) + ".png"), i);
  test::write_file(folder_ / "drive/image_02/timestamps.txt",
                   "2011-09-26 13:59:59.950000000\n2011-09-26 14:00:00.050000000\n2011-09-26 14:00:00.170000000\n");
  test::write_file(folder_ / "drive/label_2/0000000001.txt", "Car" + std::string(kRest) + "\n");
  for (const std::string path : {"drive", "drive/image_02", "drive/image_02/data"}) {
    StageHarness harness = open(folder_ / path);
    ASSERT_TRUE(harness.open()) << path;
    EXPECT_TRUE(harness.warnings().empty());
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(harness.run());
      ASSERT_NE(harness.output<Frame>("frame"), nullptr);
      EXPECT_EQ(harness.output<Frame>("frame")->has_truth, i == 1);
    }
    EXPECT_NEAR(test::seconds(harness.media_time()), 0.22, 1e-5);
  }
}

TEST_F(KittiTest, PlaysTheObjectLayout) {
  write_image(folder_ / "image_2/000003.png", 3);
  write_image(folder_ / "image_2/000104.png", 4);
  test::write_file(folder_ / "label_2/000104.txt", "Cyclist" + std::string(kRest) + "\n");
  StageHarness harness = open(folder_ / "image_2");
  ASSERT_TRUE(harness.open());
  ASSERT_TRUE(harness.run());
  EXPECT_FALSE(harness.output<Frame>("frame")->has_truth);
  ASSERT_TRUE(harness.run());
  EXPECT_EQ(harness.output<Frame>("frame")->truth.at(0).type, "Cyclist");
  EXPECT_NEAR(test::seconds(harness.media_time()), 0.1, 1e-6) << "images of the object set are no recording";
}

TEST_F(KittiTest, NamesAMissingRecording) {
  const Status status = open(folder_ / "image_02/0099").open();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::not_found);
  EXPECT_THAT(status.error().text, AllOf(HasSubstr("path"), HasSubstr("0099"), HasSubstr("image_02/SEQ")));
}

TEST_F(KittiTest, PlaysRealRecordings) {
  const std::string data = test::data_folder();
  if (data.empty()) GTEST_SKIP() << "needs the shared data (WEIR_DATA)";
  StageHarness harness = open(data + "/kitti_tracking/image_02/0002");
  ASSERT_TRUE(harness.open());
  std::map<std::string, int> objects;
  int frames = 0;
  for (; harness.run() && !harness.ended(); ++frames) {
    const auto* frame = harness.output<Frame>("frame");
    ASSERT_NE(frame, nullptr);
    ASSERT_EQ(frame->image.width, 1242);
    ASSERT_EQ(frame->image.height, 375);
    ASSERT_TRUE(frame->has_truth);
    for (const TruthBox& object : frame->truth) ++objects[object.type];
    if (frames >= 16 && frames <= 24) {
      EXPECT_EQ(std::count_if(frame->truth.begin(), frame->truth.end(),
                              [](const TruthBox& object) { return object.type != "DontCare"; }),
                0);
    }
  }
  EXPECT_EQ(frames, 67);
  EXPECT_EQ(objects["Car"], 121);
  EXPECT_EQ(objects["Pedestrian"], 14);
  EXPECT_EQ(objects["Van"], 5);
  StageHarness raw = open(data + "/kitti_raw/2011_09_26/2011_09_26_drive_0052_sync");
  ASSERT_TRUE(raw.open());
  int labelled = 0;
  for (frames = 0; raw.run() && !raw.ended(); ++frames) labelled += raw.output<Frame>("frame")->has_truth ? 1 : 0;
  EXPECT_EQ(frames, 78);
  EXPECT_EQ(labelled, 4);
}

}  // namespace
}  // namespace weir
