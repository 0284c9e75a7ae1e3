// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "pipeline/harness.hpp"
#include "pipeline/payloads.hpp"
#include "stages/register.hpp"

namespace weir {
namespace {

class DetectorStage : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(register_infer_stages(registry_));
    ASSERT_TRUE(register_ingest_stages(registry_));
    const char* given = std::getenv("WEIR_DATA");
    data_ = given ? given : std::string(WEIR_SOURCE_DIR) + "/../shared/data";
  }
  bool has_data() const { return std::filesystem::exists(data_ + "/models/yolox_nano.onnx"); }
  std::map<std::string, std::string> yolox(std::map<std::string, std::string> more = {}) const {
    more.insert(
        {{"model", data_ + "/models/yolox_nano.onnx"}, {"size", "640x192"}, {"keep", "[person, car+bus+truck]"}});
    return more;
  }

  /// Detections on a frame of KITTI tracking 0002.
  Detections detect(const std::map<std::string, std::string>& params, const Regions* regions = nullptr) {
    StageHarness camera(registry_, "ingest.kitti", {{"path", data_ + "/kitti_tracking/image_02/0002"}});
    EXPECT_TRUE(camera.open());
    EXPECT_TRUE(camera.run());
    StageHarness harness(registry_, "infer.detector", params);
    const Status opened = harness.open();
    EXPECT_TRUE(opened) << opened.error().text;
    harness.feed("frame", *camera.output<Frame>("frame"));
    if (regions) harness.feed("regions", *regions);
    const Status status = harness.run();
    EXPECT_TRUE(status) << status.error().text;
    const Detections* found = harness.output<Detections>("detections");
    return found ? *found : Detections{};
  }

  Registry registry_;
  std::string data_;
};

std::size_t sure_cars(const Detections& found) {
  return static_cast<std::size_t>(std::count_if(found.items.begin(), found.items.end(), [&](const Detection& item) {
    return item.score >= 0.4F && (*found.classes)[static_cast<std::size_t>(item.class_id)] == "car";
  }));
}

TEST_F(DetectorStage, FindsCarsInAWholeFrame) {
  if (!has_data()) GTEST_SKIP() << "no models under " << data_;
  const Detections found = detect(yolox());
  EXPECT_GE(sure_cars(found), 1U);
  EXPECT_EQ(found.frame_width, 1242);
  for (const Detection& item : found.items) {
    EXPECT_GE(item.box.left, 0);
    EXPECT_LE(item.box.right, 1242);
  }
}

TEST_F(DetectorStage, TilesAndBatchesGiveTheSameObjects) {
  if (!has_data()) GTEST_SKIP() << "no models under " << data_;
  EXPECT_GE(sure_cars(detect(yolox({{"tiles", "2x1"}, {"size", "640x384"}}))), 1U);
}

TEST_F(DetectorStage, LooksOnlyWhereItIsTold) {
  if (!has_data()) GTEST_SKIP() << "no models under " << data_;
  const Detections whole = detect(yolox());
  ASSERT_FALSE(whole.items.empty());
  Regions regions;
  regions.items.push_back({.box = whole.items.front().box});
  const Detections found = detect(yolox({{"fit", "letterbox"}}), &regions);
  ASSERT_FALSE(found.items.empty());
  EXPECT_GT(iou(found.items.front().box, whole.items.front().box), 0.5F);
  Regions none;
  EXPECT_TRUE(detect(yolox(), &none).items.empty());
}

TEST_F(DetectorStage, NamesWhatIsWrongWithAModel) {
  const auto error_of = [&](std::map<std::string, std::string> params) {
    StageHarness harness(registry_, "infer.detector", std::move(params));
    const Status status = harness.open();
    EXPECT_FALSE(status);
    return status.error();
  };
  const Error missing = error_of({{"model", "no/such.onnx"}});
  EXPECT_EQ(missing.code, Code::not_found);
  EXPECT_NE(missing.text.find("no/such.onnx"), std::string::npos) << missing.text;
  EXPECT_NE(
      error_of({{"model", "x.onnx"}, {"size", "641x192"}}).text.find("641x192; both sides must be multiples of 32"),
      std::string::npos);
  if (!has_data()) GTEST_SKIP() << "no models under " << data_;
  EXPECT_NE(error_of(yolox({{"decoder", "nanodet"}})).text.find("does not fit decoder `nanodet`"), std::string::npos);
}

}  // namespace
}  // namespace weir
