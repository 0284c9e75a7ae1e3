// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "pipeline/harness.hpp"
#include "pipeline/payloads.hpp"
#include "stages/register.hpp"

namespace weir {
namespace {

using testing::HasSubstr;

template <typename T>
Packet packet_of(T payload) {
  auto pool = std::make_shared<detail::Pool<T>>();
  auto* fresh = pool->take();
  fresh->value = std::move(payload);
  return Packet(fresh);
}

ClassNamesPtr road() {
  static const auto names = std::make_shared<const ClassNames>(ClassNames{"car", "person"});
  return names;
}

/// A part at its own scale that was answered with these boxes, in pixels of the part.
PartAnswer answered(const Box& area, std::vector<Detection> items, PartKind kind = PartKind::crop) {
  PartAnswer answer;
  answer.area = area;
  answer.width = static_cast<int>(area.width());
  answer.height = static_cast<int>(area.height());
  answer.kind = kind;
  answer.status = PartStatus::ok;
  answer.answer = packet_of(Detections{std::move(items), road(), answer.width, answer.height});
  return answer;
}

/// A look at the whole frame at half its resolution.
PartAnswer looked(std::uint64_t frame, std::vector<Detection> items) {
  PartAnswer answer = answered({0, 0, 1000, 300}, std::move(items), PartKind::low_resolution);
  answer.width = 500;
  answer.height = 150;
  answer.frame = frame;
  return answer;
}

PartAnswer lost(const Box& area) {
  PartAnswer answer;
  answer.area = area;
  answer.status = PartStatus::expired;
  return answer;
}

class MergeBoxes : public testing::Test {
 protected:
  void SetUp() override { start({}); }
  void start(std::map<std::string, std::string> params) {
    registry_ = {};
    ASSERT_TRUE(register_merge_stages(registry_));
    harness_ = std::make_unique<StageHarness>(registry_, "merge.boxes", std::move(params));
    ASSERT_TRUE(harness_->open());
  }
  Status run(std::vector<PartAnswer> items, int width = 1000, int height = 300) {
    harness_->feed("parts", PartAnswers{std::move(items), width, height});
    return harness_->run();
  }
  /// What one frame's parts become.
  const std::vector<Detection>& merge(std::vector<PartAnswer> items, int width = 1000, int height = 300) {
    const Status status = run(std::move(items), width, height);
    EXPECT_TRUE(status) << status.error().text;
    return harness_->output<Detections>("detections")->items;
  }
  const Quality& quality() const { return harness_->output("detections").quality(); }

  Registry registry_;
  std::unique_ptr<StageHarness> harness_;
};

const Box kLeft{0, 50, 400, 250}, kRight{300, 50, 800, 250};

TEST_F(MergeBoxes, MovesAndScalesBoxesToTheFrame) {
  PartAnswer half = answered({100, 50, 500, 250}, {{{10, 10, 30, 40}, 0.9F, 0}});
  half.width = 200;
  half.height = 100;
  half.worker = 3;
  const auto& merged = merge({half});
  ASSERT_EQ(merged.size(), 1U);
  EXPECT_EQ(merged[0].box, (Box{120, 70, 160, 130}));
  const Detections& out = *harness_->output<Detections>("detections");
  EXPECT_EQ(out.frame_width, 1000);
  EXPECT_EQ(out.frame_height, 300);
  EXPECT_EQ(*out.classes, *road());
  EXPECT_EQ(quality().outcome, Outcome::full);
  EXPECT_EQ(quality().parts, 1);
  EXPECT_EQ(quality().worker, 3);
}

TEST_F(MergeBoxes, AnObjectInTwoPartsComesOutOnce) {
  // It spans 320 to 460 of the frame; the left part cuts it.
  const auto& merged =
      merge({answered(kLeft, {{{320, 20, 400, 90}, 0.8F, 0}}), answered(kRight, {{{20, 20, 160, 90}, 0.7F, 0}})});
  ASSERT_EQ(merged.size(), 1U);
  EXPECT_EQ(merged[0].box, (Box{320, 70, 460, 140}));
}

TEST_F(MergeBoxes, SaysWhatIsMissing) {
  EXPECT_EQ(merge({answered(kLeft, {{{10, 10, 30, 40}, 0.9F, 0}}), lost(kRight)}).size(), 1U);
  EXPECT_EQ(quality().outcome, Outcome::partial);
  EXPECT_EQ(quality().parts, 2);
  EXPECT_EQ(quality().parts_ok, 1);

  // What track.sort goes on with: no boxes, and `predicted`.
  EXPECT_TRUE(merge({lost(kLeft), lost(kRight)}).empty());
  EXPECT_EQ(quality().outcome, Outcome::predicted);
  EXPECT_EQ(quality().parts_ok, 0);
  EXPECT_EQ(*harness_->output<Detections>("detections")->classes, *road());

  EXPECT_TRUE(merge({}).empty());  // nothing was expected
  EXPECT_EQ(quality().outcome, Outcome::full);
}

TEST_F(MergeBoxes, ALookAddsOnlyWhatIsNew) {
  const auto& merged = merge({
      answered(kLeft, {{{100, 20, 160, 60}, 0.8F, 0}}),
      looked(0, {{{51, 34, 80, 56}, 0.6F, 0},       // the same car, at half the resolution
                 {{10, 40, 30, 60}, 0.9F, 0},       // where the crop found nothing
                 {{440, 40, 480, 70}, 0.7F, 0},     // new
                 {{441, 41, 481, 71}, 0.65F, 1},    // the new one again, as something else
                 {{420, 100, 440, 120}, 0.2F, 0}})  // too weak
  });
  ASSERT_EQ(merged.size(), 2U);
  EXPECT_EQ(merged[0].score, 0.8F);
  EXPECT_EQ(merged[1].box, (Box{880, 80, 960, 140}));
  EXPECT_EQ(quality().outcome, Outcome::full);
  EXPECT_EQ(quality().parts, 1);  // a look is no part of the frame's own
}

TEST_F(MergeBoxes, AnOldLookAddsNoSecondCopy) {
  merge({answered(kLeft, {{{100, 20, 160, 60}, 0.8F, 0}})});  // frame 0: seen at 100 to 160
  merge({answered(kLeft, {{{130, 20, 190, 60}, 0.8F, 0}})});
  // Frame 2: the car has left the crop's old place, and the look at frame 0 comes.
  EXPECT_EQ(merge({answered({150, 50, 400, 250}, {{{10, 20, 70, 60}, 0.8F, 0}}),
                   looked(0, {{{50, 35, 80, 55}, 0.6F, 0}, {{440, 40, 480, 70}, 0.7F, 0}})})
                .size(),
            2U);
  // Once inserted, it is known.
  EXPECT_EQ(merge({looked(1, {{{442, 40, 482, 70}, 0.7F, 0}})}).size(), 0U);
  // Not what came after all that is known of it.
  EXPECT_EQ(merge({looked(4, {{{442, 40, 482, 70}, 0.7F, 0}})}).size(), 1U);
}

TEST_F(MergeBoxes, ALookWaitsWhileAllPartsAreMissing) {
  EXPECT_TRUE(merge({lost(kLeft), looked(0, {{{440, 40, 480, 70}, 0.7F, 0}})}).empty());
  EXPECT_EQ(quality().outcome, Outcome::predicted);
  EXPECT_EQ(merge({answered(kLeft, {})}).size(), 1U);
}

TEST_F(MergeBoxes, TakesTheSizeOfTheFrame) {
  Frame frame;
  frame.allocate(640, 480, PixelFormat::bgr8);
  harness_->feed("frame", frame);
  EXPECT_EQ(merge({answered(kLeft, {{{10, 10, 30, 40}, 0.9F, 0}})}, 0, 0).size(), 1U);
  EXPECT_EQ(harness_->output<Detections>("detections")->frame_width, 640);
}

TEST_F(MergeBoxes, ForgetsWhatItKnewWhenTheFrameSizeChanges) {
  merge({answered({0, 0, 400, 300}, {{{300, 100, 380, 140}, 0.8F, 0}})});
  // The same place is another one in a frame of half the size.
  PartAnswer look = looked(0, {{{300, 100, 380, 140}, 0.7F, 0}});
  look.area = {0, 0, 500, 150};
  EXPECT_EQ(merge({look}, 500, 150).size(), 0U);  // a look at a frame of the old size tells nothing
  look.frame = 2;
  EXPECT_EQ(merge({look}, 500, 150).size(), 1U);
}

TEST_F(MergeBoxes, SurvivesBoxesThatAreNone) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInf = std::numeric_limits<float>::infinity();
  const std::vector<Detection> bad{{{kNan, 0, 10, 10}, 0.9F, 0},    {{0, 0, kInf, 10}, 0.9F, 0},
                                   {{0, 0, 10, 10}, kNan, 0},       {{-500, -500, -400, -400}, 0.9F, 0},
                                   {{9000, 10, 9100, 20}, 0.9F, 0}, {{10, 10, 10, 40}, 0.9F, 0}};
  std::vector<Detection> good = bad;
  good.push_back({{350, 10, 9000, 40}, 0.9F, 0});  // reaches out of its part
  const auto& merged = merge({answered(kLeft, good), looked(0, bad)});
  ASSERT_EQ(merged.size(), 1U);
  EXPECT_EQ(merged[0].box, (Box{350, 60, 400, 90}));
}

TEST_F(MergeBoxes, AFloodIsCutToTheBest) {
  start({{"max_boxes", "50"}});
  std::vector<Detection> flood;
  for (int i = 0; i < 2000; ++i) {
    const auto x = static_cast<float>(i % 50 * 8), y = static_cast<float>(i / 50 * 4);
    flood.push_back({{x, y, x + 6, y + 3}, 0.3F + 0.0003F * static_cast<float>(i), 0});
  }
  EXPECT_EQ(merge({answered(kLeft, flood), looked(0, flood)}).size(), 50U);
}

TEST_F(MergeBoxes, NamesWhatItCannotPutTogether) {
  PartAnswer tracks = answered(kLeft, {});
  tracks.answer = packet_of(Tracks{});
  Status status = run({tracks});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().text, HasSubstr("answered with Tracks"));

  PartAnswer empty = answered(kLeft, {});
  empty.answer = {};
  EXPECT_THAT(run({empty}).error().text, HasSubstr("came without an answer"));

  PartAnswer flat = answered(kLeft, {});
  flat.height = 0;
  EXPECT_THAT(run({flat}).error().text, HasSubstr("400x0 pixels"));

  EXPECT_THAT(run({answered(kLeft, {})}, 0, 0).error().text, HasSubstr("connect input `frame`"));

  PartAnswer other = answered(kRight, {});
  other.answer = packet_of(Detections{{}, std::make_shared<const ClassNames>(ClassNames{"cat"}), 500, 200});
  EXPECT_THAT(run({answered(kLeft, {}), other}).error().text, HasSubstr("different classes, 2 and 1"));
}

}  // namespace
}  // namespace weir
