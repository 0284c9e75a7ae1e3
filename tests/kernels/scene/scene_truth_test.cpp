// SPDX-License-Identifier: Apache-2.0
// Draws every object of a frame once more, alone on an empty canvas, and holds the truth against it.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "kernels/base/random.hpp"
#include "kernels/scene/road_scene.hpp"
#include "kernels/scene/shapes.hpp"

namespace weir {
namespace {

using scene::Actor;
using scene::Extent;
using scene::Kind;

constexpr int kWidth = 640;
constexpr int kHeight = 192;

struct Silhouette {
  Extent extent{kWidth, kHeight, 0, 0};
  int pixels = 0;
};

Silhouette outline(const std::vector<std::uint8_t>& labels, std::uint8_t label) {
  Silhouette s;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      if (labels[static_cast<std::size_t>(y) * kWidth + x] != label) continue;
      s.extent.left = std::min(s.extent.left, x);
      s.extent.right = std::max(s.extent.right, x + 1);
      s.extent.top = std::min(s.extent.top, y);
      s.extent.bottom = std::max(s.extent.bottom, y + 1);
      ++s.pixels;
    }
  }
  return s;
}

Silhouette draw_alone(const Actor& actor, const scene::View& view) {
  scene::Canvas canvas(kWidth, kHeight);
  const scene::Light light;
  scene::Pencil pencil(canvas, view, light);
  pencil.begin(actor.x, actor.z, actor.sine, actor.cosine, 1);
  if (actor.kind == Kind::pedestrian) {
    draw_pedestrian(pencil, actor);
  } else if (actor.kind == Kind::cyclist) {
    draw_cyclist(pencil, actor);
  } else {
    draw_vehicle(pencil, actor, true);
  }
  std::vector<std::uint8_t> labels;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) labels.push_back(static_cast<std::uint8_t>(canvas.row(y)[x] >> 24));
  }
  return outline(labels, 1);
}

std::map<std::int64_t, Silhouette> draw_each_alone(const SceneOptions& options, std::uint64_t frame) {
  const double focal = 0.58 * kWidth;
  scene::Moment moment;
  scene::World world(derive_seed(options.seed, "world"), options.density, {130, 0});
  world.look(static_cast<double>(frame) / options.fps, moment);
  const scene::View view{focal, 0.5 * kWidth + focal * moment.yaw, 0.46 * kHeight + focal * moment.pitch, 1.65};
  std::map<std::int64_t, Silhouette> alone;
  for (const Actor& actor : moment.actors) {
    if (is_labelled(actor.kind)) alone[actor.id] = draw_alone(actor, view);
  }
  return alone;
}

SceneOptions wanted(std::uint64_t seed) {
  SceneOptions options;
  options.width = kWidth;
  options.height = kHeight;
  options.seed = seed;
  return options;
}

TEST(SceneTruth, BoxesBoundTheObjectDrawnAloneAndOcclusionIsWhatIsHidden) {
  int compared = 0;
  int occluded = 0;
  for (const std::uint64_t seed : {1U, 2U}) {
    RoadScene scene(wanted(seed));
    std::vector<TruthBox> truth;
    std::vector<std::uint8_t> labels;
    for (std::uint64_t frame = 0; frame < 120; frame += 8) {
      scene.render(frame, {}, truth);
      scene.labels(labels);
      auto alone = draw_each_alone(scene.options(), frame);
      for (const TruthBox& t : truth) {
        if (t.track_id < 0) continue;
        ASSERT_TRUE(alone.contains(t.track_id));
        const Silhouette& whole = alone[t.track_id];
        EXPECT_EQ(t.box, (Box{static_cast<float>(whole.extent.left), static_cast<float>(whole.extent.top),
                              static_cast<float>(whole.extent.right), static_cast<float>(whole.extent.bottom)}))
            << t.type << " " << t.track_id << " in frame " << frame;
        const auto at = std::find(scene.objects().begin(), scene.objects().end(), t.track_id);
        const auto label = static_cast<std::uint8_t>(at - scene.objects().begin() + 1);
        const double visible = static_cast<double>(outline(labels, label).pixels) / whole.pixels;
        EXPECT_EQ(t.occluded, visible >= 0.8 ? 0 : visible >= 0.4 ? 1 : 2) << visible;
        EXPECT_GE(visible, 0.1);
        ++compared;
        occluded += t.occluded > 0 ? 1 : 0;
      }
    }
  }
  EXPECT_GT(compared, 300);
  EXPECT_GT(occluded, 60);
}

TEST(SceneTruth, EveryVisibleObjectIsTold) {
  RoadScene scene(wanted(5));
  std::vector<TruthBox> truth;
  std::vector<std::uint8_t> labels;
  for (std::uint64_t frame = 0; frame < 60; frame += 6) {
    scene.render(frame, {}, truth);
    scene.labels(labels);
    for (std::size_t i = 0; i < scene.objects().size(); ++i) {
      const Silhouette seen = outline(labels, static_cast<std::uint8_t>(i + 1));
      if (seen.extent.bottom - seen.extent.top < 8 || seen.extent.right - seen.extent.left < 2) continue;
      const auto holds = [&](const TruthBox& t) {
        return (t.track_id == scene.objects()[i] || t.track_id == -1) && t.box.left <= seen.extent.left &&
               t.box.right >= seen.extent.right && t.box.top <= seen.extent.top && t.box.bottom >= seen.extent.bottom;
      };
      EXPECT_TRUE(std::any_of(truth.begin(), truth.end(), holds)) << "object " << scene.objects()[i];
    }
  }
}

TEST(SceneTruth, APassingVehicleIsTruncatedMoreAndMore) {
  RoadScene scene(wanted(2));
  std::map<std::int64_t, float> last;
  std::vector<TruthBox> truth;
  int grown = 0;
  for (std::uint64_t frame = 0; frame < 100; ++frame) {
    scene.render(frame, {}, truth);
    for (const TruthBox& t : truth) {
      if (t.track_id < 0) continue;
      grown += last.contains(t.track_id) && last[t.track_id] > 0.1F && t.truncated > last[t.track_id] ? 1 : 0;
      last[t.track_id] = t.truncated;
    }
  }
  EXPECT_GT(grown, 20);
}

}  // namespace
}  // namespace weir
