// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <opencv2/videoio.hpp>

#include "tests/train/data/data_files.hpp"
#include "train/common/data/camvid.hpp"
#include "train/common/data/clip.hpp"
#include "train/common/data/kitti.hpp"
#include "train/common/data/reading.hpp"
#include "train/common/data/synthetic.hpp"
#include "train/common/data/yolo_text.hpp"

namespace weir::train {
namespace {

using test::TempFolder;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const cv::Size kSize(100, 40);
const cv::Scalar kBlue(200, 10, 10);

/// A label row of the object benchmark.
std::string kitti_row(const std::string& type, const std::string& box) {
  return type + " 0.00 0 -1.57 " + box + " 1.5 1.6 3.7 1.0 1.7 20.0 0.1\n";
}

TEST(KittiReader, MapsTypesAndCutsBoxesToTheImage) {
  const TempFolder folder;
  folder.write_image("image_2/000003.png", kSize, kBlue);
  folder.write("label_2/000003.txt",
               kitti_row("Car", "10 10 30 20") + kitti_row("Van", "-5 0 20 20") + kitti_row("Truck", "1 1 9 9") +
                   "\r\n" + kitti_row("Pedestrian", "40 5 50 30") + kitti_row("Person_sitting", "60 5 70 30") +
                   kitti_row("Cyclist", "80 5 110 30") + kitti_row("Tram", "1 2 3 4") + kitti_row("Misc", "1 2 3 4") +
                   kitti_row("DontCare", "50 0 60 10"));
  ReadReport report;
  const auto examples = read_kitti_object(folder / "", 0, 10, report);
  ASSERT_TRUE(examples) << examples.error().text;
  ASSERT_THAT(*examples, SizeIs(1));
  const Example& example = examples->front();
  EXPECT_EQ(example.name, "kitti_object/000003");
  EXPECT_TRUE(example.labelled);
  std::vector<int> labels;
  for (const LabelledBox& object : example.boxes) labels.push_back(object.label);
  EXPECT_THAT(labels, ElementsAre(kVehicle, kVehicle, kVehicle, kPedestrian, kPedestrian, kCyclist));
  EXPECT_EQ(example.boxes[1].box, (Box{0, 0, 20, 20}));
  EXPECT_EQ(example.boxes[5].box, (Box{80, 5, 100, 30}));
  EXPECT_THAT(example.ignored, ElementsAre(Box{1, 2, 3, 4}, Box{1, 2, 3, 4}, Box{50, 0, 60, 10}));
  EXPECT_EQ(report.images, 1);
  EXPECT_EQ(report.boxes, 6);
  EXPECT_EQ(report.skipped, 0);
}

TEST(KittiReader, SkipsAndNamesRowsThatCannotBeTrue) {
  const TempFolder folder;
  folder.write_image("image_2/000000.png", kSize, kBlue);
  folder.write("label_2/000000.txt", kitti_row("Car", "30 10 10 20") + kitti_row("Car", "10 10 30 20") + "\n" +
                                         kitti_row("Car", "nan 10 30 20") + kitti_row("Car", "500 10 600 20") +
                                         kitti_row("Car", "10 10 30 20") + "Car 1 2 3\n");
  ReadReport report;
  const auto examples = read_kitti_object(folder / "", 0, 1, report);
  ASSERT_TRUE(examples) << examples.error().text;
  EXPECT_THAT(examples->front().boxes, SizeIs(2));
  EXPECT_EQ(report.skipped, 4);
  EXPECT_THAT(report.warnings,
              ElementsAre(HasSubstr("000000.txt:1: right"), HasSubstr("000000.txt:4: left"),
                          HasSubstr("000000.txt:7: 4 columns"),
                          AllOf(HasSubstr("000000.txt:5: box 500"), HasSubstr("outside its image of 100x40"))));
}

TEST(KittiReader, TakesTheAskedRangeOnlyAndLeavesUnlabelledOnesUnlabelled) {
  const TempFolder folder;
  for (const char* name : {"000001", "000002", "000003"}) {
    folder.write_image("image_2/" + std::string(name) + ".png", kSize, kBlue);
  }
  folder.write("label_2/000002.txt", "");
  ReadReport report;
  const auto examples = read_kitti_object(folder / "", 2, 4, report);
  ASSERT_TRUE(examples) << examples.error().text;
  ASSERT_THAT(*examples, SizeIs(2));
  EXPECT_TRUE((*examples)[0].labelled);
  EXPECT_FALSE((*examples)[1].labelled);
}

TEST(KittiReader, PutsTrackingRowsOnTheirFrames) {
  const TempFolder folder;
  folder.write_image("image_02/0007/000000.png", kSize, kBlue);
  folder.write_image("image_02/0007/000002.png", kSize, kBlue);
  folder.write("label_02/0007.txt", "2 5 " + kitti_row("Cyclist", "1 2 30 40") + "1 5 " +
                                        kitti_row("Car", "1 2 30 40") + "2 -1 " + kitti_row("DontCare", "9 9 12 12"));
  ReadReport report;
  const auto examples = read_kitti_tracking(folder / "", "0007", report);
  ASSERT_TRUE(examples) << examples.error().text;
  ASSERT_THAT(*examples, SizeIs(2));
  EXPECT_TRUE((*examples)[0].labelled);
  EXPECT_THAT((*examples)[0].boxes, IsEmpty());
  EXPECT_THAT((*examples)[1].boxes, SizeIs(1));
  EXPECT_THAT((*examples)[1].ignored, SizeIs(1));
}

TEST(KittiReader, LabelsTheFramesOfADriveThatHaveAFile) {
  const TempFolder folder;
  folder.write_image("drive/image_02/data/0000000000.jpg", kSize, kBlue);
  folder.write_image("drive/image_02/data/0000000001.jpg", kSize, kBlue);
  folder.write("drive/label_2/0000000001.txt", kitti_row("Car", "10 10 30 20"));
  ReadReport report;
  const auto examples = read_kitti_raw(folder / "drive", report);
  ASSERT_TRUE(examples) << examples.error().text;
  ASSERT_THAT(*examples, SizeIs(2));
  EXPECT_EQ((*examples)[1].name, "drive/0000000001");
  EXPECT_FALSE((*examples)[0].labelled);
  EXPECT_TRUE((*examples)[1].labelled);
}

TEST(Readers, NameTheFolderThatIsMissing) {
  const TempFolder folder;
  ReadReport report;
  const auto check = [](const auto& result, const std::string& name) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Code::not_found);
    EXPECT_THAT(result.error().text, HasSubstr(name));
  };
  check(read_kitti_object(folder / "none", 0, 1, report), "label_2");
  check(read_kitti_tracking(folder / "none", "0001", report), "0001.txt");
  check(read_kitti_raw(folder / "none", report), "data");
  check(read_camvid_masks(folder / "none", "val", report), "valannot");
  check(read_yolo_text(folder / "none", report), "labels");
  check(read_clip(folder / "none.mp4", 1, 1, report), "none.mp4");
}

TEST(Readers, LeaveOutAnImageThatDoesNotDecode) {
  const TempFolder folder;
  folder.write_image("a.png", kSize, kBlue);
  folder.write("b.png", "no image");
  ReadReport report;
  const auto examples = read_unlabelled(folder / "", report);
  ASSERT_TRUE(examples) << examples.error().text;
  EXPECT_THAT(*examples, SizeIs(1));
  EXPECT_EQ(report.unreadable, 1);
  EXPECT_THAT(report.warnings, ElementsAre(HasSubstr("b.png: ")));
}

TEST(YoloReader, KeepsRoadClassesAndSkipsImpossibleRows) {
  const TempFolder folder;
  folder.write_image("images/7.jpg", kSize, kBlue);
  folder.write("labels/7.txt",
               "2 0.5 0.5 0.2 0.5\r\n5 .5 .5 .1 .1\n7 .5 .5 .1 .1\n0 .5 .5 .1 .1\n1 .5 .5 .1 .1\n3 .5 .5 .1 .1\n"
               "16 .5 .5 .1 .1\n80 .5 .5 .1 .1\n-1 .5 .5 .1 .1\n0 .5 .5 0 .1\n\n0 nan .5 .1 .1\n0 4 .5 .1 .1\n"
               "0 .5 .5 .1\n1.5 .5 .5 .1 .1\n0 .5 .5 .1 .1 9\n");
  ReadReport report;
  const auto examples = read_yolo_text(folder / "", report);
  ASSERT_TRUE(examples) << examples.error().text;
  std::vector<int> labels;
  for (const LabelledBox& object : examples->front().boxes) labels.push_back(object.label);
  EXPECT_THAT(labels, ElementsAre(kVehicle, kVehicle, kVehicle, kPedestrian, kCyclist, kMotorcycle));
  EXPECT_FLOAT_EQ(examples->front().boxes[0].box.left, 40);
  EXPECT_FLOAT_EQ(examples->front().boxes[0].box.bottom, 30);
  EXPECT_EQ(report.boxes, 6);
  EXPECT_EQ(report.skipped, 8);
  ASSERT_THAT(report.warnings, SizeIs(8));
  EXPECT_THAT(report.warnings.front(), HasSubstr("7.txt:8: class 80"));
  EXPECT_THAT(report.warnings.back(), HasSubstr("7.txt:16: more than 5 columns"));
}

TEST(CamvidReader, MapsUnlabelledPixelsAndReportsMasksThatDoNotFit) {
  const TempFolder folder;
  for (const char* name : {"a", "b", "c"}) {
    folder.write_image("val/" + std::string(name) + ".jpg", cv::Size(4, 2), kBlue);
  }
  folder.write_image("valannot/b.png", cv::Size(4, 2), kBlue);
  cv::Mat mask(2, 4, CV_8UC1, cv::Scalar(8));
  mask.at<unsigned char>(1, 3) = 11;
  mask.at<unsigned char>(0, 0) = 10;
  ASSERT_TRUE(cv::imwrite((folder / "valannot/a.png").string(), mask));
  ReadReport report;
  const auto examples = read_camvid_masks(folder / "", "val", report);
  ASSERT_TRUE(examples) << examples.error().text;
  ASSERT_THAT(*examples, SizeIs(1));
  EXPECT_EQ(examples->front().mask.at<unsigned char>(1, 3), kUnlabelledPixel);
  EXPECT_EQ(examples->front().mask.at<unsigned char>(0, 0), 10);
  EXPECT_EQ(report.unreadable, 2);
  EXPECT_EQ(report.images, 1);
}

TEST(ClipReader, TakesEveryNthFrameUpToTheLimit) {
  const TempFolder folder;
  const std::string file = (folder / "clip.avi").string();
  cv::VideoWriter writer(file, cv::VideoWriter::fourcc('M', 'J', 'P', 'G'), 10, cv::Size(64, 48));
  ASSERT_TRUE(writer.isOpened());
  for (int i = 0; i < 10; ++i) writer.write(cv::Mat(48, 64, CV_8UC3, cv::Scalar::all(20 * i)));
  writer.release();
  ReadReport report;
  const auto examples = read_clip(file, 3, 3, report);
  ASSERT_TRUE(examples) << examples.error().text;
  ASSERT_THAT(*examples, SizeIs(3));
  EXPECT_EQ((*examples)[2].name, "clip.avi/6");
  EXPECT_NEAR((*examples)[1].image.at<cv::Vec3b>(24, 32)[0], 60, 3);
  EXPECT_NEAR((*examples)[2].image.at<cv::Vec3b>(24, 32)[0], 120, 3);
  EXPECT_FALSE((*examples)[0].labelled);
  EXPECT_EQ(read_clip(file, 0, 3, report).error().code, Code::invalid);
}

TEST(ClipReader, RefusesAFileThatIsNoVideo) {
  const TempFolder folder;
  folder.write("clip.mp4", "no video");
  ReadReport report;
  const auto examples = read_clip(folder / "clip.mp4", 1, 1, report);
  ASSERT_FALSE(examples);
  EXPECT_EQ(examples.error().code, Code::corrupt);
}

TEST(SyntheticExamples, DifferBySeedAndRepeat) {
  const SceneOptions options{.width = 320, .height = 96, .noise = 0};
  const auto first = draw_synthetic(options, 4, 2, 3, 20), again = draw_synthetic(options, 4, 2, 3, 20);
  ASSERT_THAT(first, SizeIs(6));
  std::size_t boxes = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_TRUE(first[i].labelled);
    EXPECT_EQ(cv::norm(first[i].image, again[i].image, cv::NORM_INF), 0);
    boxes += first[i].boxes.size();
    for (const LabelledBox& object : first[i].boxes) {
      EXPECT_EQ(impossible(object.box, first[i].image.size()), "");
    }
  }
  EXPECT_GT(boxes, 6U);
  EXPECT_THAT(first[4].name, EndsWith("synthetic/5/20"));
  EXPECT_GT(cv::norm(first[0].image, first[3].image, cv::NORM_INF), 0);
}

TEST(RealData, HasTheKnownNumbersOfImagesAndBoxes) {
  const std::filesystem::path data = test::data_folder();
  if (data.empty()) GTEST_SKIP() << "needs the shared data (WEIR_DATA)";
  ReadReport kitti, coco, camvid;
  const auto tracking = read_kitti_tracking(data / "kitti_tracking", "0002", kitti);
  ASSERT_TRUE(tracking) << tracking.error().text;
  EXPECT_THAT(*tracking, SizeIs(67));
  int vehicles = 0, pedestrians = 0;
  for (const Example& example : *tracking) {
    for (const LabelledBox& object : example.boxes) {
      vehicles += object.label == kVehicle;
      pedestrians += object.label == kPedestrian;
    }
  }
  EXPECT_EQ(vehicles, 126);  // 121 cars and 5 vans in frames 0 to 66
  EXPECT_EQ(pedestrians, 14);
  const auto images = read_yolo_text(data / "coco_road", coco);
  ASSERT_TRUE(images) << images.error().text;
  EXPECT_THAT(*images, SizeIs(71));
  EXPECT_EQ(kitti.skipped + coco.skipped + kitti.unreadable + coco.unreadable, 0);
  const auto masks = read_camvid_masks(data / "camvid", "val", camvid);
  ASSERT_TRUE(masks) << masks.error().text;
  EXPECT_THAT(*masks, SizeIs(101));
}

}  // namespace
}  // namespace weir::train
