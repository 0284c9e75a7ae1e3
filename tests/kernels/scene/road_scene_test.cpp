// SPDX-License-Identifier: Apache-2.0
#include "kernels/scene/road_scene.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace weir {
namespace {

struct Picture {
  std::vector<std::uint8_t> bytes;
  std::vector<TruthBox> truth;
};

Picture render(RoadScene& scene, std::uint64_t frame, PixelFormat format = PixelFormat::bgr8) {
  const int width = scene.options().width;
  const int height = scene.options().height;
  const int stride = width * bytes_per_pixel(format);
  Picture picture;
  picture.bytes.resize(static_cast<std::size_t>(stride) * height);
  scene.render(frame, {picture.bytes.data(), width, height, stride, format}, picture.truth);
  return picture;
}

bool same_truth(const std::vector<TruthBox>& a, const std::vector<TruthBox>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const TruthBox& x, const TruthBox& y) {
    return x.box == y.box && x.type == y.type && x.track_id == y.track_id && x.truncated == y.truncated &&
           x.occluded == y.occluded;
  });
}

SceneOptions small(std::uint64_t seed) {
  SceneOptions options;
  options.width = 320;
  options.height = 96;
  options.seed = seed;
  return options;
}

TEST(RoadScene, AFrameDependsOnSeedAndNumberOnly) {
  RoadScene in_order(small(11));
  std::map<std::uint64_t, Picture> pictures;
  for (std::uint64_t frame = 0; frame < 60; ++frame) pictures[frame] = render(in_order, frame);
  RoadScene at_random(small(11));
  for (const std::uint64_t frame : {59U, 3U, 30U, 31U, 3U, 0U}) {
    const Picture again = render(at_random, frame);
    EXPECT_TRUE(again.bytes == pictures[frame].bytes) << "frame " << frame;
    EXPECT_TRUE(same_truth(again.truth, pictures[frame].truth)) << "frame " << frame;
  }
  RoadScene other(small(12));
  EXPECT_FALSE(render(other, 3).bytes == pictures[3].bytes);
  EXPECT_FALSE(pictures[3].bytes == pictures[4].bytes);
}

TEST(RoadScene, AllTypesAndOcclusionLevelsOccurWithin300Frames) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    SceneOptions options = small(seed);
    options.width = 640;
    options.height = 192;
    options.noise = 0;
    RoadScene scene(options);
    std::set<std::string> types;
    std::set<int> levels;
    for (std::uint64_t frame = 0; frame < 300; frame += 3) {
      for (const TruthBox& box : render(scene, frame).truth) {
        types.insert(box.type);
        levels.insert(box.occluded);
      }
    }
    EXPECT_EQ(types, (std::set<std::string>{"Car", "Van", "Truck", "Pedestrian", "Cyclist", "DontCare"})) << seed;
    EXPECT_EQ(levels, (std::set<int>{0, 1, 2, 3})) << seed;
  }
}

TEST(RoadScene, BoxesLieInsideTheImageAndAreHighEnough) {
  RoadScene scene(small(4));
  for (std::uint64_t frame = 0; frame < 200; ++frame) {
    for (const TruthBox& t : render(scene, frame).truth) {
      EXPECT_GE(t.box.left, 0);
      EXPECT_GE(t.box.top, 0);
      EXPECT_LE(t.box.right, 320);
      EXPECT_LE(t.box.bottom, 96);
      EXPECT_GE(t.box.height(), 8);
      EXPECT_GE(t.truncated, 0);
      EXPECT_LE(t.truncated, 1);
      const bool touches = t.box.left == 0 || t.box.top == 0 || t.box.right == 320 || t.box.bottom == 96;
      if (!touches) {
        EXPECT_EQ(t.truncated, 0) << "frame " << frame << " track " << t.track_id;
      }
    }
  }
}

TEST(RoadScene, IdentitiesPersistAndMoveSmoothly) {
  SceneOptions options = small(7);
  options.fps = 30;
  RoadScene scene(options);
  std::map<std::int64_t, TruthBox> before;
  std::map<std::int64_t, int> ages;
  for (std::uint64_t frame = 0; frame < 300; ++frame) {
    std::map<std::int64_t, TruthBox> now;
    for (const TruthBox& t : render(scene, frame).truth) {
      if (t.type == "DontCare") {
        EXPECT_EQ(t.track_id, -1);
        continue;
      }
      EXPECT_GT(t.track_id, 0);
      EXPECT_TRUE(now.emplace(t.track_id, t).second) << "two objects share identity " << t.track_id;
      ++ages[t.track_id];
      const auto last = before.find(t.track_id);
      if (last == before.end()) continue;
      EXPECT_EQ(last->second.type, t.type);
      if (t.truncated == 0 && t.box.height() < 40) {
        EXPECT_LT(std::abs(t.box.center_x() - last->second.box.center_x()), 12) << "track " << t.track_id;
      }
    }
    before = std::move(now);
  }
  EXPECT_GT(ages.size(), 15U);
  EXPECT_GT(std::count_if(ages.begin(), ages.end(), [](const auto& age) { return age.second > 40; }), 8);
}

TEST(RoadScene, OptionsAreMovedIntoTheirRange) {
  SceneOptions options;
  options.width = 1;
  options.height = 100000;
  options.noise = std::nan("");
  options.fps = 0;
  options.density = 99;
  RoadScene scene(options);
  EXPECT_EQ(scene.options().width, 16);
  EXPECT_EQ(scene.options().height, 8192);
  EXPECT_EQ(scene.options().noise, 0);
  EXPECT_EQ(scene.options().fps, 0.1);
  EXPECT_EQ(scene.options().density, 2);
}

TEST(RoadScene, TheLastFrameNumberIsAFrameToo) {
  RoadScene scene(small(3));
  EXPECT_TRUE(render(scene, ~std::uint64_t{0}).bytes == render(scene, ~std::uint64_t{0}).bytes);
}

TEST(RoadScene, DensityZeroLeavesTheStreetEmpty) {
  SceneOptions options = small(3);
  options.density = 0;
  RoadScene scene(options);
  EXPECT_TRUE(render(scene, 50).truth.empty());
  EXPECT_TRUE(scene.objects().empty());
}

TEST(RoadScene, GreyIsTheLumaOfTheColours) {
  SceneOptions options = small(3);
  options.noise = 0;
  RoadScene scene(options);
  const Picture color = render(scene, 9);
  const Picture gray = render(scene, 9, PixelFormat::gray8);
  for (std::size_t i = 0; i < gray.bytes.size(); ++i) {
    const double luma = 0.114 * color.bytes[3 * i] + 0.587 * color.bytes[3 * i + 1] + 0.299 * color.bytes[3 * i + 2];
    ASSERT_NEAR(gray.bytes[i], luma, 1.5) << i;
  }
}

TEST(RoadScene, NoiseHasTheWantedDeviationAndChangesFromFrameToFrame) {
  SceneOptions options = small(3);
  options.noise = 0;
  RoadScene clean(options);
  options.noise = 5;
  RoadScene noisy(options);
  std::vector<double> first;
  double correlation = 0;
  for (const std::uint64_t frame : {20U, 21U}) {
    const Picture a = render(clean, frame);
    const Picture b = render(noisy, frame);
    double sum = 0, squares = 0, product = 0;
    int n = 0;
    for (std::size_t i = 0; i < a.bytes.size(); ++i) {
      const double d = b.bytes[i] - static_cast<double>(a.bytes[i]);
      const bool inside = a.bytes[i] > 30 && a.bytes[i] < 225;
      if (frame == 20) first.push_back(inside ? d : 0);
      if (!inside) continue;
      sum += d;
      squares += d * d;
      product += d * first[i];
      ++n;
    }
    EXPECT_NEAR(sum / n, 0, 0.15);
    EXPECT_NEAR(std::sqrt(squares / n), 5, 0.4);
    correlation = product / squares;
  }
  EXPECT_NEAR(correlation, 0, 0.05);
}

TEST(RoadScene, ASmallerViewGetsTheUpperLeftPart) {
  RoadScene scene(small(3));
  const Picture whole = render(scene, 5);
  std::vector<std::uint8_t> part(100 * 3 * 40);
  std::vector<TruthBox> truth;
  scene.render(5, {part.data(), 100, 40, 300, PixelFormat::bgr8}, truth);
  for (int y = 0; y < 40; ++y) {
    EXPECT_TRUE(std::equal(part.begin() + y * 300, part.begin() + y * 300 + 300, whole.bytes.begin() + y * 960));
  }
  EXPECT_TRUE(same_truth(truth, whole.truth));
}

}  // namespace
}  // namespace weir
