// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "pipeline/harness.hpp"
#include "pipeline/payloads.hpp"
#include "stages/infer/sized_engines.hpp"
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

/// A view's pixels in a frame of their own, which shares the rows of the whole one: the stride stays.
Frame part_of(const Frame& whole, int x, int y, int width, int height) {
  Frame part;
  const auto keeper = std::make_shared<const Frame>(whole);
  part.adopt(keeper->image.crop(x, y, width, height), keeper);
  return part;
}

class NativeSize : public DetectorStage, public testing::WithParamInterface<std::string_view> {
 protected:
  Frame whole() {
    StageHarness camera(registry_, "ingest.kitti", {{"path", data_ + "/kitti_tracking/image_02/0002"}});
    EXPECT_TRUE(camera.open());
    EXPECT_TRUE(camera.run());
    Frame frame = *camera.output<Frame>("frame");
    return frame;
  }
  std::map<std::string, std::string> native(std::map<std::string, std::string> more = {}) const {
    more.insert({"size", "native"});
    more.insert({"engine", std::string(GetParam())});
    return yolox(more);
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, NativeSize, testing::ValuesIn(engine_backends().begin(), engine_backends().end()),
                         [](const auto& i) { return std::string(i.param); });

void expect_same(const Detections& a, const Detections& b) {
  ASSERT_EQ(a.items.size(), b.items.size());
  for (std::size_t i = 0; i < a.items.size(); ++i) {
    EXPECT_EQ(a.items[i].box, b.items[i].box);
    EXPECT_EQ(a.items[i].score, b.items[i].score);
    EXPECT_EQ(a.items[i].class_id, b.items[i].class_id);
  }
}

TEST_P(NativeSize, EqualsANetworkOfTheImagesSize) {
  if (!has_data()) GTEST_SKIP() << "no models under " << data_;
  const Frame frame = whole();
  StageHarness any(registry_, "infer.detector", native());
  ASSERT_TRUE(any.open());
  for (const auto& [width, height] : {std::pair{640, 192}, std::pair{448, 160}, std::pair{640, 192}}) {
    const Frame part = part_of(frame, 401, 141, width, height);
    StageHarness fixed(
        registry_, "infer.detector",
        yolox({{"size", std::to_string(width) + "x" + std::to_string(height)}, {"engine", std::string(GetParam())}}));
    ASSERT_TRUE(fixed.open());
    for (StageHarness* harness : {&any, &fixed}) {
      harness->feed("frame", part);
      ASSERT_TRUE(harness->run());
    }
    const Detections& found = *any.output<Detections>("detections");
    EXPECT_FALSE(found.items.empty());
    EXPECT_EQ(found.frame_width, width);
    expect_same(found, *fixed.output<Detections>("detections"));
  }
}

TEST_P(NativeSize, BoxesOfOddAndTinyImagesLieInTheImage) {
  if (!has_data()) GTEST_SKIP() << "no models under " << data_;
  const Frame frame = whole();
  StageHarness harness(registry_, "infer.detector", native({{"score", "0.01"}}));
  ASSERT_TRUE(harness.open());
  for (const auto& [width, height] :
       {std::pair{1, 1}, std::pair{33, 7}, std::pair{7, 375}, std::pair{301, 153}, std::pair{1242, 375}}) {
    harness.feed("frame", part_of(frame, 0, 0, width, height));
    const Status status = harness.run();
    ASSERT_TRUE(status) << status.error().text;
    const Detections& found = *harness.output<Detections>("detections");
    EXPECT_EQ(found.frame_height, height);
    for (const Detection& item : found.items) {
      EXPECT_GE(item.box.left, 0);
      EXPECT_LE(item.box.right, static_cast<float>(width));
      EXPECT_LE(item.box.bottom, static_cast<float>(height));
    }
  }
}

TEST_P(NativeSize, FindsInAPartWhatItFindsInTheFrame) {
  if (!has_data()) GTEST_SKIP() << "no models under " << data_;
  const Frame frame = whole();
  StageHarness harness(registry_, "infer.detector", native({{"score", "0.4"}}));
  ASSERT_TRUE(harness.open());
  harness.feed("frame", frame);
  ASSERT_TRUE(harness.run());
  const Detections all = *harness.output<Detections>("detections");
  ASSERT_GE(sure_cars(all), 1U);
  const Box car = all.items.front().box;
  // At a multiple of the coarsest stride the network's grid lies on the object as it does in the whole frame.
  const int x = std::max(0, static_cast<int>(car.left) - 61) & ~31,
            y = std::max(0, static_cast<int>(car.top) - 47) & ~31;
  harness.feed("frame", part_of(frame, x, y, std::min(1242 - x, static_cast<int>(car.width()) + 130),
                                std::min(375 - y, static_cast<int>(car.height()) + 91)));
  ASSERT_TRUE(harness.run());
  const Detections part = *harness.output<Detections>("detections");
  const auto shift = [&](Box box) {
    const auto dx = static_cast<float>(x), dy = static_cast<float>(y);
    return Box{box.left + dx, box.top + dy, box.right + dx, box.bottom + dy};
  };
  EXPECT_TRUE(std::any_of(part.items.begin(), part.items.end(), [&](const Detection& d) {
    return iou(shift(d.box), car) > 0.9F && std::abs(d.score - all.items.front().score) < 0.1F;
  }));
}

TEST_P(NativeSize, AnOddPlaceOfAPartChangesNoScore) {
  if (!has_data()) GTEST_SKIP() << "no models under " << data_;
  const Frame frame = whole();
  StageHarness harness(registry_, "infer.detector", native({{"score", "0.4"}}));
  ASSERT_TRUE(harness.open());
  harness.feed("frame", frame);
  ASSERT_TRUE(harness.run());
  const auto& all = harness.output<Detections>("detections")->items;
  const auto free = std::find_if(all.begin(), all.end(), [](const Detection& d) { return d.box.left > 93; });
  ASSERT_NE(free, all.end());
  const Detection car = *free;
  const int x = (std::max(0, static_cast<int>(car.box.left) - 61) & ~31) + 13,
            y = (std::max(0, static_cast<int>(car.box.top) - 47) & ~31) + 9;
  Frame part = part_of(frame, x, y, std::min(1242 - x, static_cast<int>(car.box.width()) + 130),
                       std::min(375 - y, static_cast<int>(car.box.height()) + 91));
  part.origin_x = x;
  part.origin_y = y;
  harness.feed("frame", part);
  ASSERT_TRUE(harness.run());
  const auto& found = harness.output<Detections>("detections")->items;
  EXPECT_TRUE(std::any_of(found.begin(), found.end(), [&](const Detection& d) {
    const auto dx = static_cast<float>(x), dy = static_cast<float>(y);
    const Box there{d.box.left + dx, d.box.top + dy, d.box.right + dx, d.box.bottom + dy};
    return iou(there, car.box) > 0.95F && std::abs(d.score - car.score) < 0.05F;
  }));
}

TEST_P(NativeSize, ScalesDownWhatIsLargerThanMaxSide) {
  if (!has_data()) GTEST_SKIP() << "no models under " << data_;
  const Frame frame = whole();
  StageHarness harness(registry_, "infer.detector", native({{"max_side", "640"}}));
  ASSERT_TRUE(harness.open());
  harness.feed("frame", frame);
  ASSERT_TRUE(harness.run());
  const Detections& found = *harness.output<Detections>("detections");
  const Detections stretched = detect(yolox());  // 640x192, nearly the same scale
  ASSERT_FALSE(stretched.items.empty());
  EXPECT_TRUE(std::any_of(found.items.begin(), found.items.end(),
                          [&](const Detection& d) { return iou(d.box, stretched.items.front().box) > 0.7F; }));
}

TEST_P(NativeSize, RefusesWhatDoesNotGoWithIt) {
  const auto error_of = [&](std::map<std::string, std::string> more) {
    StageHarness harness(registry_, "infer.detector", native(std::move(more)));
    const Status status = harness.open();
    EXPECT_FALSE(status);
    return status ? std::string() : status.error().text;
  };
  EXPECT_NE(error_of({{"fit", "letterbox"}}).find("fit does not go with size: native"), std::string::npos);
  EXPECT_NE(error_of({{"max_side", "1000"}}).find("max_side is 1000; give a multiple of 32"), std::string::npos);
  if (!has_data()) GTEST_SKIP() << "no models under " << data_;
  const std::string fixed = error_of({{"model", data_ + "/models/nanodet_m_416.onnx"}});
  EXPECT_NE(fixed.find("nanodet_m_416.onnx"), std::string::npos) << fixed;
}

TEST_P(NativeSize, TheShippedDetectorTakesAnySize) {
  StageHarness harness(
      registry_, "infer.detector",
      {{"model", WEIR_SOURCE_DIR "/models/weir_nano.onnx"}, {"size", "native"}, {"engine", std::string(GetParam())}});
  const Status opened = harness.open();
  ASSERT_TRUE(opened) << opened.error().text;
  for (const auto& [width, height] : {std::pair{1, 1}, std::pair{331, 97}}) {
    Frame frame;
    const MutableImageView image = frame.allocate(width, height, PixelFormat::bgr8);
    std::fill_n(image.data, static_cast<std::size_t>(image.stride) * static_cast<std::size_t>(height), 90);
    harness.feed("frame", frame);
    EXPECT_TRUE(harness.run());
  }
}

TEST(SizedEngines, CompilesWhatComesOftenAndAnswersTheSame) {
  if (engine_backends()[0] != "openvino") GTEST_SKIP() << "no engine that gains from a fixed size";
  auto engines = SizedEngines::load(WEIR_SOURCE_DIR "/models/weir_nano.onnx", {}, 1).value();
  std::vector<float> values(3 * 64 * 96);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i * 7 % 256);
  const TensorView view = view_of(values, {1, 3, 64, 96});
  auto open = engines->open().make_session().value();
  const auto before = open->infer({&view, 1}).value();
  for (int use = 0; use < 3; ++use) engines->find(96, 64);
  engines->settle();
  Engine* const own = engines->find(96, 64);
  ASSERT_NE(own, nullptr);
  auto session = own->make_session().value();
  const auto after = session->infer({&view, 1}).value();
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    ASSERT_EQ(before[i].shape, after[i].shape);
    const auto a = before[i].as<float>(), b = after[i].as<float>();
    EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin()));
  }
  for (int use = 0; use < 5; ++use) engines->find(64, 64);  // one more than is kept
  engines->settle();
  EXPECT_EQ(engines->find(64, 64), nullptr);
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
