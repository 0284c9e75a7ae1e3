// SPDX-License-Identifier: Apache-2.0
// The sample whose answer is not boxes: what its parts find together is what the whole frame shows.
#include "samples/plugin_corners/corners.cpp"  // NOLINT: a plug-in has no header

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "pipeline/channel/payload_codec.hpp"
#include "pipeline/harness.hpp"
#include "tests/samples/scene.hpp"

namespace weir {
namespace {

Frame scene(int width, int height) {
  Frame frame;
  test::draw_scene(5, frame.allocate(width, height, PixelFormat::bgr8));
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

/// What arrives of corners at the other side when `to` stands where the bytes of `from` were.
Result<Packet> sent(const Packet& packet, const std::string& from = "", const std::string& to = "") {
  const PayloadCodec& codec = *find_codec("acme.Corners");
  BodyWriter writer;
  writer.begin_map(1).key("p");
  if (Status status = codec.write(writer, packet); !status) return fail(status.error());
  std::string bytes;
  const auto written = writer.finish();
  for (const Bytes& piece : written->pieces) bytes.append(piece.view.begin(), piece.view.end());
  if (!from.empty()) bytes.replace(bytes.find(from), from.size(), to);
  const std::vector<std::uint8_t> there(bytes.begin(), bytes.end());
  const auto body = BodyReader::read({there, nullptr});
  if (!body) return fail(body.error());
  static const auto pool = codec.make_pool();
  auto read = codec.read(*body->root().find("p"), nullptr, *pool);
  if (!read) return fail(read.error());
  return read->packet;
}

TEST_F(CornersSample, CornersTravel) {
  const Packet here = corners_of(scene(300, 160));
  const auto there = sent(here);
  ASSERT_TRUE(there) << there.error().text;
  const auto &wanted = here.get<acme::Corners>()->items, &got = there->get<acme::Corners>()->items;
  ASSERT_GT(wanted.size(), 40U);
  ASSERT_EQ(got.size(), wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i].x, wanted[i].x);
    EXPECT_EQ(got[i].y, wanted[i].y);
    EXPECT_EQ(got[i].strength, wanted[i].strength);
  }
}

TEST_F(CornersSample, CornersThatCannotBeAreRefused) {
  const Packet here = corners_of(scene(300, 160));
  const float x = here.get<acme::Corners>()->items[2].x, y = here.get<acme::Corners>()->items[2].y;
  const auto as_bytes = [](float a, float b) {
    return std::string(reinterpret_cast<const char*>(&a), 4) + std::string(reinterpret_cast<const char*>(&b), 4);
  };
  const auto refused = [&](const std::string& from, const std::string& to) {
    const auto got = sent(here, from, to);
    return got ? "taken" : got.error().text;
  };
  EXPECT_EQ(refused(as_bytes(x, y), as_bytes(x, y + 1)), "taken");
  EXPECT_THAT(refused(as_bytes(x, y), as_bytes(x, std::nanf(""))),
              testing::HasSubstr("payload acme.Corners: corner 2 holds a number that is not finite"));
  EXPECT_THAT(refused("corners", "corner_"), testing::HasSubstr("corners"));
  EXPECT_THAT(refused("f32", "i32"), testing::HasSubstr("wanted f32 rowsx3"));
}

TEST_F(CornersSample, TinyImagesHaveNone) {
  EXPECT_TRUE(corners_of(scene(12, 11)).get<acme::Corners>()->items.size() <= 2);
  Frame dot;
  dot.allocate(1, 1, PixelFormat::gray8);
  EXPECT_TRUE(corners_of(dot).get<acme::Corners>()->items.empty());
}

}  // namespace
}  // namespace weir
