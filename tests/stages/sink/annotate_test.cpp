// SPDX-License-Identifier: Apache-2.0
#include "stages/sink/annotate.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <limits>
#include <vector>

#include "stages/media/text_painter.hpp"
#include "tests/stages/sink/sink_samples.hpp"

namespace weir {
namespace {

/// A canvas and what was drawn on it.
struct Drawing {
  int width, height;
  std::vector<std::uint8_t> bytes;

  Drawing(const Frame& frame, const Packet& objects, DrawOptions options, CanvasSize size)
      : Drawing(frame, Overlay{.objects = objects}, options, size) {}
  Drawing(const Frame& frame, const Overlay& over, DrawOptions options, CanvasSize size)
      : width(size.width), height(size.height), bytes(static_cast<std::size_t>(3 * size.width * size.height)) {
    const MutableImageView canvas{bytes.data(), width, height, 3 * width, PixelFormat::bgr8};
    Annotator::create(options).value()->draw(frame, {}, over, canvas);
  }
  const std::uint8_t* at(int x, int y) const { return &bytes[static_cast<std::size_t>(3 * (y * width + x))]; }
  bool colored(int x, int y) const { return std::abs(at(x, y)[0] - at(x, y)[2]) > 60; }

  /// How much of the left side of a box is drawn.
  double drawn_part(int x, int top, int bottom) const {
    int count = 0;
    for (int y = top; y < bottom; ++y) count += colored(x, y);
    return count / static_cast<double>(bottom - top);
  }
};

template <typename T>
Packet packet_of(T payload) {
  auto pool = std::make_shared<detail::Pool<T>>();
  auto* fresh = pool->take();
  fresh->value = std::move(payload);
  return Packet(fresh);
}

Frame grey(int width, int height, PixelFormat format = PixelFormat::bgr8) {
  Frame frame;
  const MutableImageView image = frame.allocate(width, height, format);
  std::fill_n(image.data, static_cast<std::size_t>(image.stride) * static_cast<std::size_t>(height), 90);
  return frame;
}

constexpr DrawOptions kBoxes{.boxes = true, .labels = false, .badge = false, .truth = false};

TEST(Annotate, DrawsSeenObjectsSolidAndPredictedOnesDashed) {
  const Packet objects =
      packet_of(tracks({{{40, 20, 90, 160}, 0.9F, 1, 1, 5, 0}, {{140, 20, 190, 160}, 0.9F, 1, 2, 5, 3}}));
  const Drawing drawing(grey(320, 180), objects, kBoxes, {320, 180});
  EXPECT_EQ(drawing.drawn_part(40, 20, 160), 1.0);
  EXPECT_NEAR(drawing.drawn_part(140, 20, 160), 4.0 / 7, 0.1);
  EXPECT_FALSE(drawing.colored(65, 90));
}

PartAnswer part(const Box& area, PartKind kind, PartStatus status) {
  PartAnswer answer;
  answer.area = area;
  answer.kind = kind;
  answer.status = status;
  return answer;
}

TEST(Annotate, DrawsPartsByWhatBecameOfThem) {
  PartAnswers parts;
  parts.items = {part({40, 20, 140, 160}, PartKind::crop, PartStatus::ok),
                 part({180, 20, 300, 160}, PartKind::crop, PartStatus::expired),
                 part({0, 0, 320, 180}, PartKind::low_resolution, PartStatus::ok)};
  const Drawing drawing(grey(320, 180), Overlay{.parts = packet_of(parts)}, kBoxes, {320, 180});
  EXPECT_EQ(drawing.drawn_part(40, 20, 160), 1.0);
  EXPECT_NEAR(drawing.drawn_part(180, 20, 160), 0.5, 0.1);
  EXPECT_GT(drawing.at(180, 21)[2], drawing.at(180, 21)[0] + 60);  // red
  EXPECT_NEAR(drawing.drawn_part(2, 2, 178), 0.5, 0.1);
  EXPECT_FALSE(drawing.colored(0, 90));  // a look does not hide what ends at the edge
  EXPECT_FALSE(drawing.colored(90, 90));
}

TEST(Annotate, DrawsPlannedPartsAndLeavesThemOutWhenTold) {
  Parts parts;
  parts.items.resize(1);
  parts.items[0].area = {40, 20, 140, 160};
  const Overlay over{.parts = packet_of(parts)};
  DrawOptions options = kBoxes;
  EXPECT_EQ(Drawing(grey(320, 180), over, options, {320, 180}).drawn_part(40, 20, 160), 1.0);
  options.parts = false;
  EXPECT_EQ(Drawing(grey(320, 180), over, options, {320, 180}).drawn_part(40, 20, 160), 0.0);
}

TEST(Annotate, DrawsRegionsDottedWithTheirMargins) {
  Regions regions;
  regions.items.push_back({.box = {60, 40, 120, 140}, .class_id = 1, .margin = {20, 10, 5, 15}});
  const Overlay over{.regions = packet_of(regions)};
  DrawOptions options = kBoxes;
  const Drawing drawing(grey(320, 180), over, options, {320, 180});
  EXPECT_NEAR(drawing.drawn_part(60, 40, 140), 0.5, 0.05);
  EXPECT_NEAR(drawing.drawn_part(40, 30, 155), 1.0 / 6, 0.05);
  EXPECT_FALSE(drawing.colored(50, 90));
  options.regions = false;
  EXPECT_EQ(Drawing(grey(320, 180), over, options, {320, 180}).drawn_part(60, 40, 140), 0.0);
}

TEST(Annotate, SurvivesPartsAndRegionsFromAnywhere) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kHuge = 1e30F;
  PartAnswers parts;
  Regions regions;
  for (const Box& box :
       {Box{kNan, 0, 1, 1}, Box{-kHuge, -kHuge, kHuge, kHuge}, Box{9, 9, 3, 3}, Box{500, 500, 600, 600}}) {
    for (const PartKind kind : {PartKind::crop, PartKind::low_resolution}) {
      parts.items.push_back(part(box, kind, PartStatus::lost));
    }
    regions.items.push_back({.box = box, .class_id = -7, .margin = {kNan, kHuge, -1000, 3}});
  }
  const Drawing drawing(grey(64, 48), Overlay{.parts = packet_of(parts), .regions = packet_of(regions)}, {}, {64, 48});
  EXPECT_EQ(drawing.height, 48);
}

TEST(Annotate, LeavesThePixelsAloneWhereNothingIsDrawn) {
  const Frame frame = picture(320, 180, 3);
  const Drawing drawing(frame, Packet(), kBoxes, {320, 180});
  for (int y = 0; y < 180; ++y) {
    ASSERT_EQ(std::vector<std::uint8_t>(drawing.at(0, y), drawing.at(0, y) + 960),
              std::vector<std::uint8_t>(frame.image.row(y), frame.image.row(y) + 960));
  }
}

TEST(Annotate, RepeatsTheLastRowAndColumnOnAnEvenCanvas) {
  const Drawing drawing(grey(101, 51), Packet(), kBoxes, CanvasSize::of(grey(101, 51).image));
  EXPECT_EQ(drawing.width, 102);
  EXPECT_EQ(drawing.height, 52);
  EXPECT_EQ(drawing.at(101, 51)[0], 90);
}

TEST(Annotate, PlacesBoxesOfAFrameThatIsScaledToFit) {
  const Packet objects = packet_of(tracks({{{10, 5, 30, 40}, 0.9F, 1, 1, 5, 0}}));
  const Drawing drawing(grey(160, 50), objects, kBoxes, {320, 180});  // twice as large, 40 rows lower
  EXPECT_EQ(drawing.drawn_part(20, 50, 120), 1.0);
  EXPECT_LT(drawing.at(5, 5)[0], 40);  // a bar
}

TEST(Annotate, ShowsGreyFramesAndSurvivesBoxesFromAnywhere) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kHuge = 1e30F;
  const Packet objects = packet_of(tracks({{{-kHuge, -kHuge, kHuge, kHuge}, 0.9F, 1, 1, 5, 0},
                                           {{kNan, 1, 2, 3}, kNan, 1, 2, 5, 0},
                                           {{-50, -60, -10, -5}, 0.9F, -7, 3, 5, 0},
                                           {{1000, 1000, 1001, 1001}, 2.0F, 77, 4, 5, 1},
                                           {{20, 20, 10, 10}, 0.5F, 1, 5, 5, 0}}));
  const Drawing drawing(grey(64, 48, PixelFormat::gray8), objects, {}, {64, 48});
  EXPECT_EQ(drawing.at(63, 47)[0], drawing.at(63, 47)[2]);
}

TEST(Annotate, MarksFramesByOutcome) {
  const DrawOptions badge{.boxes = false, .labels = false, .badge = true, .truth = false};
  const Drawing answered(grey(320, 180), packet_of(tracks({})), badge, {320, 180});
  const Drawing unanswered(grey(320, 180), Packet(), badge, {320, 180});
  EXPECT_NE(answered.bytes, unanswered.bytes);
  EXPECT_LT(answered.at(7, 7)[0], 60);  // its dark ground
}

TEST(TextPainter, TakesTextOfAnyBytesAndCutsItAtTheEdge) {
  const TextPainter painter(10);
  EXPECT_GT(painter.width("car 12"), painter.width("car"));
  EXPECT_EQ(painter.width("\xC3\xA9"), painter.width("?"));
  cv::Mat image(20, 30, CV_8UC3, cv::Scalar(0, 0, 0));
  painter.draw(image, "W\xC3\xA9W\tWWWW", {-5, 12}, {255, 255, 255});
  painter.draw(image, "W", {-500, -500}, {255, 255, 255});
  EXPECT_GT(cv::sum(image)[0], 0);
}

}  // namespace
}  // namespace weir
