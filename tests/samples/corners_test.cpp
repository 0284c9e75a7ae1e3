// SPDX-License-Identifier: Apache-2.0
// The sample whose answer is not boxes: what its parts find together is what the whole frame shows.
#include "samples/plugin_corners/corners.cpp"  // NOLINT: a plug-in has no header

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/base/random.hpp"
#include "pipeline/harness.hpp"

namespace weir {
namespace {

/// Grey rectangles in random places.
Frame scene(int width, int height) {
  Random random(5);
  Frame frame;
  const MutableImageView image = frame.allocate(width, height, PixelFormat::bgr8);
  std::fill_n(image.data, static_cast<std::size_t>(image.stride) * static_cast<std::size_t>(height), 90);
  for (int i = 0; i < 60; ++i) {
    const auto below = [&](int n) { return static_cast<int>(random.below(static_cast<std::uint64_t>(n))); };
    const int x = below(width - 10), y = below(height - 10), w = 6 + below(40), h = 6 + below(30), grey = below(256);
    for (int v = y; v < std::min(y + h, height); ++v) {
      std::fill(image.row(v) + 3 * x, image.row(v) + 3 * std::min(x + w, width), static_cast<std::uint8_t>(grey));
    }
  }
  return frame;
}

class CornersSample : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(weir_plugin_register(&registry_));
    find_ = std::make_unique<StageHarness>(registry_, "acme.corners");
    merge_ = std::make_unique<StageHarness>(registry_, "acme.merge_corners");
    ASSERT_TRUE(find_->open());
    ASSERT_TRUE(merge_->open());
  }
  Packet corners_of(Frame frame) {
    find_->feed("frame", std::move(frame));
    EXPECT_TRUE(find_->run());
    return find_->output("corners");
  }
  PartAnswer answer(const Frame& whole, const Box& area) {
    PartAnswer made;
    made.area = area;
    made.width = static_cast<int>(area.width());
    made.height = static_cast<int>(area.height());
    made.status = PartStatus::ok;
    Frame part;
    const auto keeper = std::make_shared<const Frame>(whole);
    part.adopt(keeper->image.crop(static_cast<int>(area.left), static_cast<int>(area.top), made.width, made.height),
               keeper);
    made.answer = corners_of(std::move(part));
    return made;
  }

  Registry registry_;
  std::unique_ptr<StageHarness> find_, merge_;
};

TEST_F(CornersSample, PartsFindTogetherWhatTheWholeFrameShows) {
  const Frame whole = scene(300, 160);
  const Packet packet = corners_of(whole);
  const std::vector<acme::Corner>& wanted = packet.get<acme::Corners>()->items;
  ASSERT_GT(wanted.size(), 40U);
  PartAnswers parts{
      {answer(whole, {0, 0, 160, 90}), answer(whole, {140, 0, 300, 90}), answer(whole, {0, 70, 300, 160})}, 300, 160};
  merge_->feed("parts", parts);
  ASSERT_TRUE(merge_->run());
  const std::vector<acme::Corner>& merged = merge_->output<acme::Corners>("corners")->items;
  ASSERT_EQ(merged.size(), wanted.size());
  for (std::size_t i = 0; i < merged.size(); ++i) {
    EXPECT_EQ(merged[i].x, wanted[i].x);
    EXPECT_EQ(merged[i].y, wanted[i].y);
    EXPECT_EQ(merged[i].strength, wanted[i].strength);
  }
  EXPECT_EQ(merge_->output("corners").quality().parts, 3);
}

TEST_F(CornersSample, SaysWhatIsMissingAndWhatItCannotRead) {
  const Frame whole = scene(300, 160);
  PartAnswers parts{{answer(whole, {0, 0, 160, 160}), PartAnswer{}}, 300, 160};
  merge_->feed("parts", parts);
  ASSERT_TRUE(merge_->run());
  EXPECT_EQ(merge_->output("corners").quality().outcome, Outcome::partial);
  parts.items[0].answer = {};
  merge_->feed("parts", parts);
  EXPECT_THAT(merge_->run().error().text, testing::HasSubstr("puts acme.Corners together"));
}

TEST_F(CornersSample, TinyImagesHaveNone) {
  EXPECT_TRUE(corners_of(scene(12, 11)).get<acme::Corners>()->items.size() <= 2);
  Frame dot;
  dot.allocate(1, 1, PixelFormat::gray8);
  EXPECT_TRUE(corners_of(dot).get<acme::Corners>()->items.empty());
}

}  // namespace
}  // namespace weir
