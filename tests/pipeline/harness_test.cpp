// SPDX-License-Identifier: Apache-2.0
#include "pipeline/harness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <stdexcept>

#include "pipeline/payloads.hpp"

namespace weir {
namespace {

using testing::HasSubstr;

/// Keeps boxes above a score, and shows every way a stage can end a frame.
class Filter final : public Stage {
 public:
  static constexpr In<Detections> detections{"detections", "boxes to filter"};
  static constexpr In<Tracks> tracks{"tracks", "known objects", Need::optional};
  static constexpr Out<Detections> kept{"kept", "boxes that stay"};
  static constexpr Param<double> score{{.name = "score", .help = "least score", .min = 0, .max = 1}, 0.5};
  static constexpr Param<std::string> mode{{.name = "mode", .help = "what to do", .choices = "keep|drop|fail|throw"},
                                           "keep"};
  static constexpr std::array inputs{detections.info(), tracks.info()};
  static constexpr std::array outputs{kept.info()};
  static constexpr std::array params{score.info(), mode.info()};

  Status open(OpenContext& cx) override {
    score_ = cx.param(score);
    mode_ = cx.param(mode);
    if (!cx.given(score)) cx.warn("score is not given");
    return {};
  }

  Status process(Context& cx) override {
    if (mode_ == "fail") return {Code::internal, "asked to fail"};
    if (mode_ == "throw") throw std::runtime_error("asked to throw");
    Detections& out = cx.emit(kept);
    for (const Detection& item : cx.get(detections)->items) {
      if (item.score >= score_) out.items.push_back(item);
    }
    out.frame_width = cx.get(tracks) ? 1 : 0;
    if (mode_ == "drop") cx.drop(Reasons::late);
    return {};
  }

 private:
  double score_ = 0;
  std::string mode_;
};

class Counter final : public Stage {
 public:
  static constexpr Out<Regions> regions{"regions", "as many as the frame's number"};
  static constexpr Param<std::int64_t> frames{{.name = "frames", .help = "how many", .required = true}};
  static constexpr std::array outputs{regions.info()};
  static constexpr std::array params{frames.info()};
  static constexpr Execution execution{.source = true};

  Status open(OpenContext& cx) override {
    frames_ = cx.param(frames);
    return {};
  }
  Status process(Context& cx) override {
    if (static_cast<std::int64_t>(cx.stamp().frame) >= frames_) {
      cx.end_of_stream();
      return {};
    }
    cx.emit(regions).items.resize(cx.stamp().frame);
    cx.set_media_time(std::chrono::milliseconds(100 * cx.stamp().frame));
    return {};
  }

 private:
  std::int64_t frames_ = 0;
};

class HarnessTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(registry.add<Filter>("test.filter"));
    ASSERT_TRUE(registry.add<Counter>("test.counter"));
  }
  static Detections boxes() {
    Detections boxes;
    boxes.items = {{{}, 0.4F, 0}, {{}, 0.6F, 0}, {{}, 0.9F, 0}};
    return boxes;
  }
  Registry registry;
};

TEST_F(HarnessTest, RunsAStage) {
  StageHarness harness(registry, "test.filter", {{"score", "0.7"}});
  ASSERT_TRUE(harness.open());
  harness.feed("detections", boxes());
  ASSERT_TRUE(harness.run());
  const Detections* kept = harness.output<Detections>("kept");
  ASSERT_NE(kept, nullptr);
  EXPECT_EQ(kept->items.size(), 1U);
  EXPECT_EQ(kept->frame_width, 0);
  EXPECT_TRUE(harness.close());
  EXPECT_TRUE(harness.warnings().empty());
}

TEST_F(HarnessTest, DefaultsHoldAndOptionalInputsReachTheStage) {
  StageHarness harness(registry, "test.filter");
  ASSERT_TRUE(harness.open());
  EXPECT_THAT(harness.warnings(), testing::ElementsAre("score is not given"));
  harness.feed("detections", boxes());
  harness.feed("tracks", Tracks{});
  harness.clock().advance(std::chrono::milliseconds(7));
  ASSERT_TRUE(harness.run());
  EXPECT_EQ(harness.output<Detections>("kept")->items.size(), 2U);
  EXPECT_EQ(harness.output<Detections>("kept")->frame_width, 1);
  EXPECT_EQ(harness.output("kept").stamp().capture, TimePoint(std::chrono::milliseconds(7)));
}

TEST_F(HarnessTest, DroppedAndFailedFramesPutNothing) {
  StageHarness dropping(registry, "test.filter", {{"mode", "drop"}});
  ASSERT_TRUE(dropping.open());
  dropping.feed("detections", boxes());
  ASSERT_TRUE(dropping.run());
  EXPECT_EQ(dropping.drop_reason(), "late");
  EXPECT_FALSE(dropping.output("kept"));

  StageHarness failing(registry, "test.filter", {{"mode", "fail"}});
  ASSERT_TRUE(failing.open());
  failing.feed("detections", boxes());
  EXPECT_EQ(failing.run().error().text, "asked to fail");

  StageHarness throwing(registry, "test.filter", {{"mode", "throw"}});
  ASSERT_TRUE(throwing.open());
  throwing.feed("detections", boxes());
  EXPECT_THAT(throwing.run().error().text, HasSubstr("'test.filter' threw: asked to throw"));
}

TEST_F(HarnessTest, SourcesMakeFramesUntilTheyEnd) {
  StageHarness harness(registry, "test.counter", {{"frames", "2"}});
  ASSERT_TRUE(harness.open());
  ASSERT_TRUE(harness.run());
  EXPECT_EQ(harness.output<Regions>("regions")->items.size(), 0U);
  ASSERT_TRUE(harness.run());
  EXPECT_EQ(harness.output<Regions>("regions")->items.size(), 1U);
  EXPECT_EQ(harness.media_time(), std::chrono::milliseconds(100));
  EXPECT_FALSE(harness.ended());
  ASSERT_TRUE(harness.run());
  EXPECT_TRUE(harness.ended());
  EXPECT_FALSE(harness.output("regions"));
}

TEST_F(HarnessTest, MisuseIsNamed) {
  const auto open_error = [&](std::string_view stage, std::map<std::string, std::string> params) {
    StageHarness harness(registry, stage, std::move(params));
    const Status status = harness.open();
    return status ? std::string() : status.error().text;
  };
  EXPECT_THAT(open_error("test.filtre", {}), HasSubstr("did you mean 'test.filter'"));
  EXPECT_THAT(open_error("test.filter", {{"scor", "1"}}), HasSubstr("no parameter 'scor'; did you mean 'score'"));
  EXPECT_THAT(open_error("test.filter", {{"score", "2"}}), HasSubstr("is '2', but must be a number from 0 to 1"));
  EXPECT_THAT(open_error("test.counter", {}), HasSubstr("needs parameter 'frames'"));

  StageHarness harness(registry, "test.filter");
  EXPECT_THAT(harness.run().error().text, HasSubstr("is not open"));
  ASSERT_TRUE(harness.open());
  EXPECT_THAT(harness.run().error().text, HasSubstr("input 'detections' is required"));
  harness.feed("detections", Tracks{});
  EXPECT_THAT(harness.run().error().text, HasSubstr("takes Detections, but was fed Tracks"));
}

TEST(Registry, RefusesTwins) {
  Registry registry;
  ASSERT_TRUE(registry.add<Filter>("test.filter"));
  EXPECT_THAT(registry.add<Counter>("test.filter").error().text, HasSubstr("'test.filter' is registered twice"));
  ASSERT_NE(registry.find("test.filter"), nullptr);
  EXPECT_NE(registry.find("test.filter")->input("tracks"), nullptr);
  EXPECT_EQ(registry.find("test.filter")->output("tracks"), nullptr);
}

class Clashing final : public Stage {
 public:
  static constexpr Param<bool> place{{.name = "place.on_map", .help = "clashes with the key `place`"}, false};
  static constexpr std::array params{place.info()};
  Status process(Context&) override { return {}; }
};

TEST(Registry, RefusesParametersNamedAsLaunchKeys) {
  Registry registry;
  EXPECT_THAT(registry.add<Clashing>("test.clash").error().text, HasSubstr("'place.on_map'"));
}

}  // namespace
}  // namespace weir
