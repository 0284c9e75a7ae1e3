// SPDX-License-Identifier: Apache-2.0
// Pictures instead of features: kinds, sizes, regions, and a video with a gap; and frames that are not sent.
#include <gmock/gmock.h>

#include "kernels/eval/agreement.hpp"
#include "stages/control/ladder_file.hpp"
#include "tests/stages/infer/split_fixture.hpp"

namespace weir::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST_F(Split, ARawPictureIsAnsweredAsByTheWholeNetwork) {
  StageHarness head(registry_, "infer.head", params({{"kind", "raw"}}));
  StageHarness tail(registry_, "infer.tail", params());
  ASSERT_TRUE(head.open());
  ASSERT_TRUE(tail.open());
  ASSERT_TRUE(feed(tail, code_of(head, frames()[0])));
  const auto& found = tail.output<Detections>("detections")->items;
  const std::vector<Detection> expected = whole(frames()[0]);
  ASSERT_FALSE(expected.empty());
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].score, expected[i].score);
    EXPECT_FLOAT_EQ(found[i].box.left, expected[i].box.left);
  }
}

TEST_F(Split, PicturesOfEveryKindAreDecoded) {
  for (const char* kind : {"jpeg", "webp", "h264"}) {
    StageHarness head(registry_, "infer.head", params({{"kind", kind}, {"level", "90"}}));
    StageHarness tail(registry_, "infer.tail", params());
    ASSERT_TRUE(head.open());
    ASSERT_TRUE(tail.open());
    std::vector<AgreementFrame> pairs;
    for (const Frame& frame : frames()) {
      ASSERT_TRUE(feed(tail, code_of(head, frame))) << kind;
      pairs.push_back({whole(frame), tail.output<Detections>("detections")->items});
    }
    EXPECT_GT(agreement(pairs).average_precision, 0.6) << kind;
  }
}

TEST_F(Split, SmallerPicturesAreAnsweredInPixelsOfTheFrame) {
  const std::map<std::string, std::string> sizes{{"sizes", "[480x160, 320x96]"}};
  StageHarness head(registry_, "infer.head", params(sizes));
  StageHarness tail(registry_, "infer.tail", params(sizes));
  ASSERT_TRUE(head.open());
  ASSERT_TRUE(tail.open());
  for (const auto& [width, height] : {std::pair{480, 160}, std::pair{320, 96}}) {
    StageHarness detector(registry_, "infer.detector",
                          {{"model", model()}, {"size", std::to_string(width) + "x" + std::to_string(height)}});
    ASSERT_TRUE(detector.open());
    std::vector<AgreementFrame> pairs;
    std::size_t bytes = 0;
    for (const Frame& frame : frames()) {
      head.feed("frame", Frame(frame));
      head.feed("setup", weir::Setup{.rung = 0, .kind = RungKind::jpeg, .level = 95, .width = width, .height = height});
      ASSERT_TRUE(head.run());
      const Packet code = head.output("code");
      EXPECT_EQ(code.get<CodedFrame>()->width, width);
      EXPECT_EQ(code.get<CodedFrame>()->frame_width, kWidth);
      bytes = code.get<CodedFrame>()->bytes.size();
      ASSERT_TRUE(feed(tail, code));
      detector.feed("frame", Frame(frame));
      ASSERT_TRUE(detector.run());
      pairs.push_back({detector.output<Detections>("detections")->items, tail.output<Detections>("detections")->items});
    }
    EXPECT_LT(bytes, static_cast<std::size_t>(width) * height / 2);
    const AgreementScore score = agreement(pairs);
    EXPECT_GT(score.expected, 3U) << width;
    EXPECT_GT(score.average_precision, 0.7) << "with the same network on the whole frame, " << width;
  }
}

TEST_F(Split, VideosOfTwoSizesAreToldApart) {
  const std::map<std::string, std::string> sizes{{"sizes", "[320x96]"}};
  StageHarness head(registry_, "infer.head", params(sizes));
  StageHarness tail(registry_, "infer.tail", params(sizes));
  ASSERT_TRUE(head.open());
  ASSERT_TRUE(tail.open());
  for (int i = 0; i < 6; ++i) {
    weir::Setup setup{.rung = 0, .kind = RungKind::h264, .level = 70};
    if (i % 2 == 1) setup.width = 320, setup.height = 96;
    head.feed("frame", Frame(frames()[static_cast<std::size_t>(i)]));
    head.feed("setup", setup);
    ASSERT_TRUE(head.run());
    const Status status = feed(tail, head.output("code"));
    ASSERT_TRUE(status) << i << ": " << status.error().text;
  }
}

TEST_F(Split, SizesOfPicturesMustFitTheNetwork) {
  const auto error_of = [&](const char* stage, const std::string& sizes, const std::string& ladder = "") {
    std::map<std::string, std::string> given{{"sizes", sizes}};
    if (!ladder.empty()) given.insert({"ladder", ladder});
    StageHarness harness(registry_, stage, params(std::move(given)));
    const Status opened = harness.open();
    EXPECT_FALSE(opened);
    return opened ? std::string() : opened.error().text;
  };
  for (const char* stage : {"infer.head", "infer.tail"}) {
    EXPECT_THAT(error_of(stage, "[480x144]"), AllOf(HasSubstr("480x144"), HasSubstr("closest is 480x160")));
    EXPECT_THAT(error_of(stage, "[320x96, 960x288]"), AllOf(HasSubstr("960x288"), HasSubstr("closest is 640x192")));
    EXPECT_THAT(error_of(stage, "[8x8]"), HasSubstr("closest is 32x32"));
    EXPECT_THAT(error_of(stage, "[half]"), AllOf(HasSubstr("sizes"), HasSubstr("half")));
  }
  Ladder ladder;
  ladder.rungs.push_back({.name = "small", .kind = RungKind::jpeg, .setup = 50, .width = 320, .height = 96});
  ASSERT_TRUE(write_ladder_file(folder_.file("ladder.json"), ladder));
  EXPECT_THAT(error_of("infer.head", "[480x160]", folder_.file("ladder.json")),
              AllOf(HasSubstr("rung small"), HasSubstr("320x96"), HasSubstr("640x192, 480x160")));
  // A worker that was told of fewer sizes than the device.
  StageHarness head(registry_, "infer.head", params({{"sizes", "[320x96]"}}));
  StageHarness tail(registry_, "infer.tail", params());
  ASSERT_TRUE(head.open());
  ASSERT_TRUE(tail.open());
  head.feed("frame", Frame(frames()[0]));
  head.feed("setup", weir::Setup{.rung = 0, .kind = RungKind::jpeg, .level = 50, .width = 320, .height = 96});
  ASSERT_TRUE(head.run());
  const Status refused = feed(tail, head.output("code"));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text, AllOf(HasSubstr("320x96"), HasSubstr("640x192"), HasSubstr("sizes")));
}

TEST_F(Split, PicturesAreGreyOutsideTheRegionsThatAreGiven) {
  StageHarness head(registry_, "infer.head", params({{"kind", "raw"}}));
  ASSERT_TRUE(head.open());
  Regions regions;
  regions.items.push_back({.box = {100, 50, 200, 90}, .margin = {10, 0, 0, 5}});
  regions.items.push_back({.box = {900, 50, 950, 90}});  // beside the frame
  head.feed("frame", Frame(frames()[0]));
  head.feed("regions", regions);
  ASSERT_TRUE(head.run());
  const auto bytes = head.output<CodedFrame>("code")->bytes;
  const auto at = [&](int x, int y) { return bytes.subspan(3 * static_cast<std::size_t>(y * kWidth + x), 3); };
  const auto pixel = [&](int x, int y) { return std::span(frames()[0].image.row(y) + 3 * x, 3); };
  EXPECT_THAT(at(90, 50), testing::ElementsAreArray(pixel(90, 50)));
  EXPECT_THAT(at(199, 94), testing::ElementsAreArray(pixel(199, 94)));
  EXPECT_THAT(at(89, 60), testing::Each(114));
  EXPECT_THAT(at(150, 95), testing::Each(114));
  EXPECT_THAT(at(200, 60), testing::Each(114));
}

TEST_F(Split, AVideoThatLostAPictureNeedsAKeyFrame) {
  StageHarness head(registry_, "infer.head", params({{"kind", "h264"}, {"level", "70"}}));
  StageHarness tail(registry_, "infer.tail", params());
  ASSERT_TRUE(head.open());
  ASSERT_TRUE(tail.open());
  ASSERT_TRUE(feed(tail, code_of(head, frames()[0])));
  code_of(head, frames()[1]);
  const Status gap = feed(tail, code_of(head, frames()[2]));
  ASSERT_FALSE(gap);
  EXPECT_THAT(gap.error().text, AllOf(HasSubstr("picture 2"), HasSubstr("key frame")));
}

TEST_F(Split, ALadderOfAnotherNetworkIsRefusedAndNothingIsSentWithoutARung) {
  StageHarness head(registry_, "infer.head", params());
  ASSERT_TRUE(head.open());
  head.feed("frame", Frame(frames()[0]));
  head.feed("setup", weir::Setup{.rung = 0, .kind = RungKind::raw, .pair = 12345});
  const Status status = head.run();
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().text, HasSubstr("ladder"));
  head.feed("frame", Frame(frames()[0]));
  head.feed("setup", weir::Setup{});
  ASSERT_TRUE(head.run());
  EXPECT_EQ(head.drop_reason(), "not_sent");
}

}  // namespace
}  // namespace weir::test
