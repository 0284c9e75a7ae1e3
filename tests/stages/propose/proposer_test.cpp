// SPDX-License-Identifier: Apache-2.0
#include "stages/propose/proposer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "kernels/predict/fixed_margins.hpp"
#include "kernels/predict/motion.hpp"
#include "tests/kernels/motion/textured.hpp"
#include "tests/stages/propose/tracks_samples.hpp"
#include "tests/support/allocation_count.hpp"

namespace weir {
namespace {

using namespace test;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInfinity = std::numeric_limits<float>::infinity();

Proposer going_on(const ProposerOptions& options = {}) {
  return {std::make_unique<PredictorWithMargins>(std::make_unique<MotionPredictor>(1), kVelocityMargins), options};
}

/// The regions of frame `frame`, of the usual size.
Regions proposed(Proposer& proposer, std::int64_t frame) {
  Regions regions;
  proposer.propose(frame, kWidth, kHeight, regions);
  return regions;
}

void watch(Proposer& proposer, std::int64_t frames) {
  for (std::int64_t frame = 0; frame < frames; ++frame) proposer.observe(driving(frame), frame, kWidth, kHeight);
}

TEST(Proposer, TellsHowFarAheadByTheTracksFrame) {
  Proposer proposer = going_on();
  EXPECT_TRUE(proposed(proposer, 0).items.empty()) << "nothing was seen yet";
  watch(proposer, 5);
  for (int ahead = 1; ahead <= 5; ++ahead) {
    const Regions regions = proposed(proposer, 4 + ahead);
    ASSERT_EQ(regions.items.size(), 1U);
    EXPECT_NEAR(regions.items[0].box.left, 140 + 10 * ahead, 1e-3);
    EXPECT_EQ(regions.items[0].track_id, 1);
    EXPECT_EQ(regions.items[0].class_id, 1);
    EXPECT_GT(regions.items[0].margin[0], 0);
    EXPECT_GT(regions.items[0].margin[1], regions.items[0].sigma[1]);
  }
}

TEST(Proposer, GoesOnInAStraightLineOverAGapOfTenFrames) {
  Proposer proposer = going_on();
  watch(proposer, 5);
  const Regions far = proposed(proposer, 14);
  ASSERT_EQ(far.items.size(), 1U);
  EXPECT_NEAR(far.items[0].box.left, 240, 1e-3);
  EXPECT_GT(far.items[0].margin[0], 1.9F * proposed(proposer, 9).items[0].margin[0]);
  EXPECT_TRUE(proposed(proposer, 15).items.empty()) << "older tracks tell nothing";
  proposer.observe(driving(15), 15, kWidth, kHeight);
  EXPECT_EQ(proposed(proposer, 16).items.size(), 1U) << "and it goes on with new ones";
}

TEST(Proposer, IgnoresTracksThatAreNotNewer) {
  Proposer proposer = going_on();
  watch(proposer, 5);
  proposer.observe(driving(4), 4, kWidth, kHeight);
  proposer.observe(driving(2, 600), 2, kWidth, kHeight);
  EXPECT_NEAR(proposed(proposer, 6).items.at(0).box.left, 160, 1e-3);
}

TEST(Proposer, EndsObjectsThatAreNotSeenForLong) {
  Proposer proposer = going_on({.max_missed = 3});
  watch(proposer, 5);
  for (std::int64_t frame = 5; frame < 8; ++frame) {
    proposer.observe(no_tracks(), frame, kWidth, kHeight);
    const Regions regions = proposed(proposer, frame + 1);
    ASSERT_EQ(regions.items.size(), 1U);
    EXPECT_NEAR(regions.items[0].box.left, 100 + 10 * static_cast<float>(frame + 1), 1e-3) << "it is thought to go on";
  }
  proposer.observe(no_tracks(), 8, kWidth, kHeight);
  EXPECT_TRUE(proposed(proposer, 9).items.empty());
}

TEST(Proposer, TakesWhatTheTrackerPredictedAsNotSeen) {
  Proposer proposer = going_on({.max_missed = 3});
  watch(proposer, 5);
  for (std::int64_t frame = 5; frame < 9; ++frame) {
    Tracks predicted = driving(frame, 700);  // far from where it went
    predicted.items[0].missed = static_cast<std::int32_t>(frame - 4);
    proposer.observe(predicted, frame, kWidth, kHeight);
    if (frame < 8) {
      EXPECT_NEAR(proposed(proposer, frame + 1).items.at(0).box.left, 110 + 10 * frame, 1e-3);
    }
  }
  EXPECT_TRUE(proposed(proposer, 9).items.empty());
}

TEST(Proposer, IgnoresBrokenBoxesAndScores) {
  Proposer proposer = going_on();
  for (std::int64_t frame = 0; frame < 3; ++frame) {
    Tracks tracks = driving(frame);
    std::int64_t id = 2;
    for (const Box& box : {Box{kNan, 0, 9, 9}, Box{0, 0, kInfinity, 9}, Box{50, 50, 40, 60}, Box{5, 5, 5, 5},
                           Box{-3e38F, -3e38F, 3e38F, 3e38F}, Box{2000, 10, 2100, 50}, Box{-90, -90, -10, -10}}) {
      tracks.items.push_back(car(box, id++));
    }
    tracks.items.push_back(car({300, 100, 400, 200}, id++, kNan));
    proposer.observe(tracks, frame, kWidth, kHeight);
  }
  const Regions regions = proposed(proposer, 3);
  ASSERT_EQ(regions.items.size(), 1U);
  EXPECT_EQ(regions.items[0].track_id, 1);
}

TEST(Proposer, CutsToTheFrameAndLeavesOutWhatLeftIt) {
  Proposer proposer = going_on();
  Tracks tracks = no_tracks();
  const auto at = [](float left, std::int64_t id) { return car({left, 300, left + 100, 420}, id); };
  for (std::int64_t frame = 0; frame < 2; ++frame) {
    const auto t = static_cast<float>(frame);
    tracks.items = {at(-40 - 10 * t, 1), at(-20 - 40 * t, 2), at(1200 + 5 * t, 3)};
    proposer.observe(tracks, frame, kWidth, kHeight);
  }
  const Regions regions = proposed(proposer, 2);
  for (const Region& region : regions.items) {
    EXPECT_GE(region.box.left, 0);
    EXPECT_LE(region.box.right, kWidth);
    EXPECT_LE(region.box.bottom, kHeight);
    EXPECT_GE(region.box.width(), 1);
    EXPECT_NE(region.track_id, 2) << "it left";
  }
  EXPECT_EQ(regions.items.size(), 2U);
}

TEST(Proposer, TakesTheBestOfAFlood) {
  Proposer proposer = going_on({.max_missed = 30});
  Tracks flood = no_tracks();
  for (std::int64_t frame = 0; frame < 20; ++frame) {
    flood.items.clear();
    for (int i = 0; i < 2000; ++i) {
      const auto x = static_cast<float>(i % 100) * 12, y = static_cast<float>(i / 100) * 18;
      // New identities in each frame, so that old ones pile up.
      flood.items.push_back(car({x, y, x + 10, y + 15}, 2000 * frame + i, static_cast<float>(i) / 2000));
    }
    proposer.observe(flood, frame, kWidth, kHeight);
  }
  const Regions regions = proposed(proposer, 20);
  ASSERT_EQ(regions.items.size(), 256U);
  for (const Region& region : regions.items)
    EXPECT_GE(region.track_id, 19 * 2000 + 2000 - 256) << "the newest and best";
}

TEST(Proposer, StartsAnewWithAnotherFrameSize) {
  Proposer proposer = going_on();
  watch(proposer, 5);
  Regions regions;
  proposer.propose(5, 640, 480, regions);
  EXPECT_TRUE(regions.items.empty()) << "boxes of other pixels mean nothing";
  proposer.observe(driving(5), 5, 640, 480);  // late tracks of the old size
  proposer.propose(6, 640, 480, regions);
  EXPECT_TRUE(regions.items.empty());
  Tracks small = no_tracks(640, 480);
  small.items.push_back(car({10, 10, 50, 50}));
  proposer.observe(small, 6, 640, 480);
  proposer.propose(7, 640, 480, regions);
  ASSERT_EQ(regions.items.size(), 1U);
  EXPECT_EQ(regions.items[0].box, (Box{10, 10, 50, 50})) << "nothing is known of how it moves";
}

TEST(Proposer, ShiftsByWhatTheCameraDid) {
  const test::Texture texture(1);
  for (const bool used : {true, false}) {
    Proposer proposer = going_on({.camera_motion = used});
    for (std::int64_t frame = 0; frame < 6; ++frame) {
      proposer.observe(driving(frame), frame, kWidth, kHeight);
      proposer.look(test::moved(texture, 0, frame == 5 ? 12 : 0, 0).view(), frame);
      (void)proposed(proposer, frame);
    }
    proposer.look(test::moved(texture, 0, 24, 0).view(), 6);
    const float top = proposed(proposer, 6).items.at(0).box.top;
    EXPECT_NEAR(top, used ? 150 + CameraCorrection::kShare * (12 - 0.2F * 12) : 150, 0.3);
  }
}

TEST(Proposer, AllocatesNothingInSteadyState) {
  const test::Texture texture(2);
  const test::Picture picture = test::moved(texture, 0, 0, 0), other = test::moved(texture, 2, 0, 0);
  Proposer proposer = going_on();
  Tracks tracks = no_tracks();
  for (int i = 0; i < 300; ++i) {
    const auto x = static_cast<float>(i % 60) * 20;
    tracks.items.push_back(car({x, 100, x + 15, 120}, i));
  }
  Regions regions;
  std::size_t before = 0;
  for (std::int64_t frame = 0; frame < 6; ++frame) {
    if (frame == 5) before = test::allocation_count();
    proposer.observe(tracks, frame, kWidth, kHeight);
    proposer.look(frame % 2 == 0 ? picture.view() : other.view(), frame);
    proposer.propose(frame + 1, kWidth, kHeight, regions);
  }
  EXPECT_EQ(regions.items.size(), 256U);
  EXPECT_EQ(test::allocation_count(), before);
}

}  // namespace
}  // namespace weir
