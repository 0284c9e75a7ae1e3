// SPDX-License-Identifier: Apache-2.0
#include "kernels/predict/association.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/predict/motion.hpp"

namespace weir {
namespace {

using testing::ElementsAre;

IdentifiedBox at(float x, std::int32_t class_id = 1) { return {{x, 100, x + 40, 140}, 0, class_id}; }

/// Objects that are followed frame by frame with their own velocity.
class Followed {
 public:
  std::vector<std::int64_t> see(std::vector<IdentifiedBox> frame) {
    const auto found = association_.associate(history_, predictor_, frame);
    const std::vector<std::int64_t> ids(found.begin(), found.end());
    for (std::size_t i = 0; i < frame.size(); ++i) frame[i].id = ids[i];
    history_.advance(frame, 1242, 375);
    return ids;
  }

 private:
  BoxHistory history_;
  MotionPredictor predictor_{1};
  BoxAssociation association_;
};

TEST(BoxAssociation, FollowsObjectsThatPassEachOther) {
  Followed followed;
  EXPECT_THAT(followed.see({at(110), at(300)}), ElementsAre(1, 2));
  for (int i = 1; i < 10; ++i) {
    const auto x = static_cast<float>(20 * i);
    ASSERT_THAT(followed.see({at(300 - x), at(110 + x)}), ElementsAre(2, 1)) << "frame " << i;
  }
}

TEST(BoxAssociation, PairsOneToOneAndWithinAClass) {
  Followed followed;
  EXPECT_THAT(followed.see({at(100), at(500, 2)}), ElementsAre(1, 2));
  EXPECT_THAT(followed.see({at(104), at(102)}), ElementsAre(3, 1)) << "one ancestor has one descendant";
  EXPECT_THAT(followed.see({at(500, 1)}), ElementsAre(4)) << "another class";
  EXPECT_THAT(followed.see({at(500, 2)}), ElementsAre(2)) << "seen again after two frames";
}

TEST(BoxAssociation, FarOrBrokenBoxesAreNew) {
  Followed followed;
  EXPECT_THAT(followed.see({at(100)}), ElementsAre(1));
  EXPECT_THAT(followed.see({at(181), at(std::nanf(""))}), ElementsAre(2, 3));
  EXPECT_THAT(followed.see({at(99)}), ElementsAre(1));
}

}  // namespace
}  // namespace weir
