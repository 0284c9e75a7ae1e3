// SPDX-License-Identifier: Apache-2.0
#include "train/detector/teacher_labels.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <opencv2/core.hpp>

#include "train/common/data/kitti.hpp"

namespace weir::train {
namespace {

std::filesystem::path data() {
  const char* set = std::getenv("WEIR_DATA");
  return set != nullptr ? std::filesystem::path(set) : std::filesystem::path(WEIR_SOURCE_DIR) / "../shared/data";
}

/// Two images with large cars, as a person labelled them.
std::vector<Example> streets() {
  std::vector<Example> examples;
  ReadReport report;
  for (const int number : {3, 32}) {
    auto read = read_kitti_object(data() / "kitti_object", number, number + 1, report);
    if (read && read->size() == 1) examples.push_back(std::move(read->front()));
  }
  return examples;
}

class TeacherLabels : public testing::Test {
 protected:
  void SetUp() override {
    truth_ = streets();
    if (truth_.size() != 2 || !std::filesystem::exists(teacher_)) GTEST_SKIP() << "no KITTI or teacher in " << data();
  }

  std::filesystem::path teacher_ = data() / "models/yolox_nano.onnx";
  std::vector<Example> truth_;
  TeacherLabelOptions options_{.sizes = {0.6, 0.85}};
};

TEST_F(TeacherLabels, LieOnTheCarsAndLeaveTheImagesAlone) {
  std::vector<Example> examples = truth_;
  std::vector<cv::Mat> before;
  for (Example& example : examples) {
    example.boxes.clear();
    example.ignored.clear();
    example.labelled = false;
    before.push_back(example.image.clone());
  }
  std::size_t told = 0;
  const Status status = label_by_teacher(teacher_, examples, options_, [&](std::size_t done) { told = done; });
  ASSERT_TRUE(status) << status.error().text;
  EXPECT_EQ(told, 2U);
  int large = 0, found = 0;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    EXPECT_EQ(cv::norm(examples[i].image, before[i], cv::NORM_INF), 0) << "image " << i << " was written";
    EXPECT_TRUE(examples[i].labelled);
    for (const LabelledBox& car : truth_[i].boxes) {
      if (car.label != kVehicle || car.box.height() < 50) continue;
      ++large;
      found += std::ranges::any_of(examples[i].boxes, [&](const LabelledBox& box) {
        return box.label == kVehicle && iou(box.box, car.box) > 0.5F && box.score > 0.35F;
      });
    }
    for (const LabelledBox& box : examples[i].boxes) {
      EXPECT_GE(box.box.left, 0);
      EXPECT_LE(box.box.right, static_cast<float>(examples[i].image.cols));
      EXPECT_LE(box.score, 1);
    }
  }
  EXPECT_GE(large, 5);
  EXPECT_GE(found, large - 2) << "two stand far back behind others";
}

TEST_F(TeacherLabels, APersonsLabelsStay) {
  std::vector<Example> examples{truth_[1]};
  const LabelledBox kept = examples[0].boxes.front();
  examples[0].boxes = {kept};
  examples[0].ignored.clear();
  const Status status = label_by_teacher(teacher_, examples, {.sizes = {0.6}}, [](std::size_t) {});
  ASSERT_TRUE(status) << status.error().text;
  ASSERT_EQ(examples[0].boxes.size(), 1U);
  EXPECT_EQ(examples[0].boxes[0].box, kept.box);
  EXPECT_GE(examples[0].ignored.size(), 1U) << "the other cars are neither learned nor held against it";
  for (const Box& box : examples[0].ignored) {
    EXPECT_LE(intersect(box, kept.box).area(), 0.4F * box.area() + 1e-3F);
  }
}

TEST(TeacherLabelsErrors, NameTheMissingTeacher) {
  std::vector<Example> examples(1);
  examples[0].image.create(64, 64, CV_8UC3);
  const Status status = label_by_teacher("no/such/teacher.onnx", examples, {}, [](std::size_t) {});
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().text.find("no/such/teacher.onnx"), std::string::npos);
}

}  // namespace
}  // namespace weir::train
