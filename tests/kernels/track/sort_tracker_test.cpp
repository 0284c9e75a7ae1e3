// SPDX-License-Identifier: Apache-2.0
#include "kernels/track/sort_tracker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "kernels/base/random.hpp"
#include "tests/support/allocation_count.hpp"

namespace weir {
namespace {

Detection at(float x, float score = 0.9F, std::int32_t class_id = 0, float y = 0) {
  return {{x, y, x + 40, y + 30}, score, class_id};
}

std::vector<std::int64_t> ids(std::span<const Track> tracks) {
  std::vector<std::int64_t> out;
  for (const Track& t : tracks) out.push_back(t.id);
  return out;
}

TrackerOptions quick() {
  TrackerOptions o;
  o.min_hits = 1;
  return o;
}

using testing::ElementsAre;
using testing::IsEmpty;

TEST(SortTracker, KeepsIdentitiesOfMovingObjects) {
  auto tracker = SortTracker::create().value();
  for (int i = 0; i < 20; ++i) {
    const auto x = static_cast<float>(4 * i);
    const Detection frame[] = {at(x), at(300 - x, 0.8F, 0, 100)};
    const auto tracks = tracker.update(frame);
    ASSERT_THAT(ids(tracks), ElementsAre(1, 2)) << "frame " << i;
    EXPECT_EQ(tracks[0].age, i);
    EXPECT_EQ(tracks[0].missed, 0);
    EXPECT_NEAR(tracks[0].box.left, x, 8);
  }
}

TEST(SortTracker, NewObjectsNeedTwoFramesAfterTheFirst) {
  auto tracker = SortTracker::create().value();
  EXPECT_THAT(tracker.update({}), IsEmpty());
  const Detection one[] = {at(0)};
  EXPECT_THAT(tracker.update(one), IsEmpty());
  EXPECT_THAT(ids(tracker.update(one)), ElementsAre(1));
  const Detection flicker[] = {at(0), at(200)};
  EXPECT_THAT(ids(tracker.update(flicker)), ElementsAre(1));
  EXPECT_THAT(ids(tracker.update(one)), ElementsAre(1));
  EXPECT_THAT(ids(tracker.update(flicker)), ElementsAre(1));  // it starts afresh
  EXPECT_THAT(ids(tracker.update(flicker)), ElementsAre(1, 2));
}

TEST(SortTracker, LowScoresContinueATrackButStartNone) {
  auto tracker = SortTracker::create(quick()).value();
  const Detection clear[] = {at(0)}, faint[] = {at(2, 0.2F), at(300, 0.2F)}, nothing[] = {at(2, 0.05F)};
  (void)tracker.update(clear);
  const auto tracks = tracker.update(faint);
  ASSERT_THAT(ids(tracks), ElementsAre(1));
  EXPECT_EQ(tracks[0].missed, 0);
  EXPECT_FLOAT_EQ(tracks[0].score, 0.2F);
  EXPECT_EQ(tracker.update(nothing)[0].missed, 1);
  EXPECT_EQ(tracker.update(faint)[0].missed, 2);  // gone a moment ago: a faint box does not bring it back
  EXPECT_EQ(tracker.update(clear)[0].missed, 0);
}

TEST(SortTracker, PredictsForAFewFramesThenGoesQuietThenEnds) {
  auto options = quick();
  options.publish_missed = 2;
  options.max_missed = 4;
  auto tracker = SortTracker::create(options).value();
  for (int i = 0; i < 10; ++i) {
    const Detection frame[] = {at(static_cast<float>(6 * i))};
    (void)tracker.update(frame);
  }
  auto tracks = tracker.update({});
  ASSERT_EQ(tracks.size(), 1U);
  EXPECT_EQ(tracks[0].missed, 1);
  EXPECT_NEAR(tracks[0].box.left, 60, 4);
  EXPECT_FLOAT_EQ(tracks[0].score, 0.81F);
  EXPECT_EQ(tracker.update({})[0].missed, 2);
  EXPECT_THAT(tracker.update({}), IsEmpty());
  EXPECT_THAT(tracker.update({}), IsEmpty());
  const Detection back[] = {at(84)};
  EXPECT_THAT(ids(tracker.update(back)), ElementsAre(1));
  for (int i = 0; i < 5; ++i) (void)tracker.update({});
  EXPECT_THAT(ids(tracker.update(back)), ElementsAre(2));
}

TEST(SortTracker, ClassesAreKeptApartUnlessTold) {
  const Detection car[] = {at(0, 0.9F, 2)}, person[] = {at(0, 0.9F, 0)};
  auto tracker = SortTracker::create(quick()).value();
  (void)tracker.update(car);
  EXPECT_THAT(ids(tracker.update(person)), ElementsAre(1, 2));
  auto options = quick();
  options.class_aware = false;
  auto loose = SortTracker::create(options).value();
  (void)loose.update(car);
  const auto tracks = loose.update(person);
  ASSERT_THAT(ids(tracks), ElementsAre(1));
  EXPECT_EQ(tracks[0].class_id, 0);
}

TEST(SortTracker, GapsMoveTracksAndJudgeNone) {
  auto tracker = SortTracker::create().value();
  for (int i = 0; i < 10; ++i) {
    const Detection frame[] = {at(static_cast<float>(6 * i))};
    (void)tracker.update(frame);
  }
  const Detection young[] = {at(60), at(300)};
  (void)tracker.update(young);  // the second object has been seen once
  const auto tracks = tracker.advance(2);
  ASSERT_THAT(ids(tracks), ElementsAre(1));
  EXPECT_EQ(tracks[0].missed, 2);
  EXPECT_NEAR(tracks[0].box.left, 72, 4);
  const Detection after[] = {at(78, 0.2F), at(300)};  // a low score still continues a track that was only not looked at
  const auto seen = tracker.update(after);
  ASSERT_THAT(ids(seen), ElementsAre(1, 2));
  EXPECT_EQ(seen[0].missed, 0);
  EXPECT_EQ(seen[0].age, 13);
  EXPECT_THAT(tracker.advance(1000000000), IsEmpty());
  EXPECT_THAT(tracker.advance(-5), IsEmpty());
}

TEST(SortTracker, IgnoresWhatIsNotABox) {
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  const Detection frame[] = {{{nan, 0, 10, 10}, 0.9F, 0},
                             {{0, 0, inf, 10}, 0.9F, 0},
                             {{0, 0, 10, 10}, nan, 0},
                             {{10, 10, 10, 20}, 0.9F, 0},
                             {{10, 10, 0, 0}, 0.9F, 0}};
  auto tracker = SortTracker::create(quick()).value();
  for (int i = 0; i < 3; ++i) EXPECT_THAT(tracker.update(frame), IsEmpty());
}

TEST(SortTracker, TwoThousandBoxesKeepTheBest) {
  std::vector<Detection> frame;
  for (int i = 0; i < 2000; ++i) {
    frame.push_back(
        at(static_cast<float>(i % 50) * 50, 0.6F + static_cast<float>(i) * 1e-4F, 0, static_cast<float>(i / 50) * 40));
  }
  auto tracker = SortTracker::create(quick()).value();
  (void)tracker.update(frame);
  const auto tracks = tracker.update(frame);
  ASSERT_EQ(tracks.size(), 300U);
  EXPECT_NEAR(tracks[0].score, 0.7999F, 1e-4);
  EXPECT_NEAR(tracks[299].score, 0.7700F, 1e-4);
  std::vector<Detection> heap(2000, at(0));  // all on one spot
  for (int i = 0; i < 3; ++i) EXPECT_LE(tracker.update(heap).size(), 300U);
}

TEST(SortTracker, CrossingObjectsKeepTheirIdentities) {
  auto tracker = SortTracker::create(quick()).value();
  for (int i = 0; i <= 40; ++i) {
    const auto x = static_cast<float>(10 * i);
    // Two rows that overlap a little, passing each other.
    const Detection frame[] = {at(x, 0.9F, 0, 0), at(400 - x, 0.8F, 0, 20)};
    ASSERT_THAT(ids(tracker.update(frame)), ElementsAre(1, 2)) << "frame " << i;
  }
  const auto tracks = tracker.advance(0);
  EXPECT_GT(tracks[0].box.left, tracks[1].box.left);
}

std::vector<std::vector<Detection>> street(std::uint64_t seed, int frames) {
  Random random(seed);
  std::vector<std::vector<Detection>> out(static_cast<std::size_t>(frames));
  for (int object = 0; object < 30; ++object) {
    const auto x = static_cast<float>(random.uniform(0, 1200)), y = static_cast<float>(random.uniform(0, 350));
    const auto v = static_cast<float>(random.uniform(-6, 6));
    for (int f = 0; f < frames; ++f) {
      if (random.uniform() < 0.15) continue;
      const auto jitter = static_cast<float>(random.normal());
      out[static_cast<std::size_t>(f)].push_back(
          at(x + v * static_cast<float>(f) + jitter, static_cast<float>(random.uniform(0.2, 1)), object % 3, y));
    }
  }
  return out;
}

TEST(SortTracker, SameInputSameTracksAndResetStartsOver) {
  const auto frames = street(5, 60);
  auto a = SortTracker::create().value(), b = SortTracker::create().value();
  (void)b.update(frames[3]);
  b.reset();
  for (const auto& f : frames) {
    const auto x = a.update(f), y = b.update(f);
    ASSERT_EQ(ids(x), ids(y));
    for (std::size_t i = 0; i < x.size(); ++i) ASSERT_EQ(x[i].box, y[i].box);
    const auto all = ids(x);
    ASSERT_EQ(std::set(all.begin(), all.end()).size(), x.size());
  }
}

TEST(SortTracker, SteadyStateAllocatesNothing) {
  const auto frames = street(6, 60);
  auto tracker = SortTracker::create().value();
  for (const auto& f : frames) (void)tracker.update(f);
  tracker.reset();
  const std::size_t before = test::allocation_count();
  for (const auto& f : frames) (void)tracker.update(f);
  EXPECT_EQ(test::allocation_count(), before);
}

TEST(SortTracker, NamesTheOptionThatIsWrong) {
  auto o = TrackerOptions{};
  o.match = 2;
  EXPECT_THAT(SortTracker::create(o).error().text, testing::HasSubstr("match is 2"));
  o = {};
  o.min_hits = 0;
  EXPECT_THAT(SortTracker::create(o).error().text, testing::HasSubstr("min_hits"));
  o = {};
  o.low_score = 0.9F;
  EXPECT_THAT(SortTracker::create(o).error().text, testing::HasSubstr("low_score"));
}

}  // namespace
}  // namespace weir
