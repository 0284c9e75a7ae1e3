// SPDX-License-Identifier: Apache-2.0
#include "kernels/merge/sightings.hpp"

#include <gtest/gtest.h>

namespace weir {
namespace {

const Detection kCar{{100, 100, 180, 150}, 0.9F, 2};
const Box kCoarse{96, 104, 170, 152};  // the same car, coarsely

TEST(Sightings, KnowWhatWasFoundThenOrSince) {
  Sightings known;
  EXPECT_TRUE(known.account_for(kCoarse, 3));  // a frame that has not come yet
  known.note(0, {}, {});
  EXPECT_FALSE(known.account_for(kCoarse, 0));
  known.note(1, {{kCar}}, {});
  EXPECT_TRUE(known.account_for(kCoarse, 1));
  EXPECT_TRUE(known.account_for(kCoarse, 0));  // found since
  known.note(2, {}, {});
  EXPECT_TRUE(known.account_for(kCoarse, 1));
  EXPECT_FALSE(known.account_for(kCoarse, 2));  // gone before the look
  EXPECT_FALSE(known.account_for({400, 100, 480, 150}, 0));
}

TEST(Sightings, KnowWhatWasAdded) {
  Sightings known;
  known.note(5, {}, {});
  known.add(kCar);
  EXPECT_TRUE(known.account_for(kCoarse, 5));
}

TEST(Sightings, TrustACloseLookAtTheSameFrameOrTheLatest) {
  const Box area{50, 50, 250, 200};
  Sightings known;
  known.note(1, {}, {{area}});
  EXPECT_TRUE(known.account_for(kCoarse, 1));
  known.note(2, {}, {});
  EXPECT_TRUE(known.account_for(kCoarse, 1));
  known.note(3, {}, {});
  known.note(4, {}, {{area}});
  EXPECT_TRUE(known.account_for(kCoarse, 3));
  known.note(5, {}, {});
  EXPECT_FALSE(known.account_for(kCoarse, 3));               // looked at in between: the object may have come since
  EXPECT_FALSE(known.account_for({220, 100, 300, 150}, 1));  // only partly looked at
}

TEST(Sightings, ASmallThingBeforeALargeOneIsAnother) {
  Sightings known;
  known.note(0, {{kCar}}, {});
  EXPECT_FALSE(known.account_for({110, 105, 125, 140}, 0));
}

TEST(Sightings, DoNotTellOfFramesTooLongAgo) {
  Sightings known;
  known.note(0, {}, {});
  known.note(Sightings::kFrames - 1, {}, {});
  EXPECT_FALSE(known.account_for(kCoarse, 0));
  known.note(Sightings::kFrames, {}, {});
  EXPECT_TRUE(known.account_for(kCoarse, 0));
  EXPECT_FALSE(known.account_for(kCoarse, 1));
  known.clear();
  EXPECT_TRUE(known.account_for(kCoarse, 1));
}

}  // namespace
}  // namespace weir
