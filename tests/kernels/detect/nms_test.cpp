// SPDX-License-Identifier: Apache-2.0
#include "kernels/detect/nms.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/base/random.hpp"
#include "tests/support/allocation_count.hpp"

namespace weir {
namespace {

Detection at(float x, float score, std::int32_t class_id = 0) { return {{x, 0, x + 10, 10}, score, class_id}; }

std::vector<float> scores(const std::vector<Detection>& boxes) {
  std::vector<float> out;
  for (const auto& b : boxes) out.push_back(b.score);
  return out;
}

TEST(Nms, KeepsTheBestOfEachCluster) {
  std::vector<Detection> boxes{at(0, 0.5F), at(1, 0.9F), at(100, 0.7F), at(2, 0.6F)};
  Nms().run(boxes);
  EXPECT_THAT(scores(boxes), testing::ElementsAre(0.9F, 0.7F));
}

TEST(Nms, ClassesDoNotSuppressEachOtherUnlessAsked) {
  const std::vector<Detection> input{at(0, 0.9F, 1), at(0, 0.8F, 2)};
  auto boxes = input;
  Nms().run(boxes);
  EXPECT_EQ(boxes.size(), 2U);
  boxes = input;
  Nms().run(boxes, {.across_classes = true});
  EXPECT_EQ(boxes.size(), 1U);
}

TEST(Nms, OverlapEqualToTheLimitStays) {
  std::vector<Detection> boxes{{{0, 0, 10, 10}, 0.9F, 0}, {{0, 0, 10, 5}, 0.8F, 0}};  // overlap exactly 0.5
  Nms().run(boxes, {.iou = 0.5F});
  EXPECT_EQ(boxes.size(), 2U);
}

TEST(Nms, TiesGoToTheLowerClassThenToTheFirst) {
  std::vector<Detection> boxes{at(0, 0.5F, 3), at(50, 0.5F, 1), at(51, 0.5F, 1)};
  Nms().run(boxes);
  ASSERT_EQ(boxes.size(), 2U);
  EXPECT_EQ(boxes[0].class_id, 1);
  EXPECT_EQ(boxes[0].box.left, 50);
  EXPECT_EQ(boxes[1].class_id, 3);
}

TEST(Nms, DropsWhatIsNotABox) {
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  std::vector<Detection> boxes{at(0, nan),
                               {{nan, 0, 1, 1}, 0.9F, 0},
                               {{0, 0, inf, 1}, 0.9F, 0},
                               {{5, 5, 5, 9}, 0.9F, 0},
                               {{9, 0, 5, 9}, 0.9F, 0},
                               at(0, 0.1F)};
  Nms().run(boxes);
  EXPECT_THAT(scores(boxes), testing::ElementsAre(0.1F));
  boxes.clear();
  Nms().run(boxes);
  EXPECT_TRUE(boxes.empty());
}

TEST(Nms, KeepsAtMostWhatIsAsked) {
  std::vector<Detection> boxes;
  for (int i = 0; i < 20; ++i) boxes.push_back(at(static_cast<float>(i) * 20, static_cast<float>(i) / 20));
  Nms().run(boxes, {.keep = 3});
  EXPECT_THAT(scores(boxes), testing::ElementsAre(0.95F, 0.9F, 0.85F));
}

// Whatever the input: survivors do not overlap, and every box that went overlaps a better survivor of its class.
TEST(Nms, HoldsItsDefinitionOnRandomBoxes) {
  Random random(1);
  Nms nms;
  for (int trial = 0; trial < 100; ++trial) {
    std::vector<Detection> input;
    for (std::uint64_t i = random.below(120); i > 0; --i) {
      const auto x = static_cast<float>(random.below(60)), y = static_cast<float>(random.below(60));
      const auto w = static_cast<float>(1 + random.below(30)), h = static_cast<float>(1 + random.below(30));
      input.push_back({{x, y, x + w, y + h},
                       static_cast<float>(random.below(50)) / 50,
                       static_cast<std::int32_t>(random.below(3))});
    }
    auto kept = input;
    nms.run(kept, {.iou = 0.4F, .keep = 1000});
    for (std::size_t i = 0; i < kept.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        ASSERT_GE(kept[j].score, kept[i].score);
        if (kept[i].class_id == kept[j].class_id) {
          ASSERT_LE(iou(kept[i].box, kept[j].box), 0.4F);
        }
      }
    }
    for (const auto& d : input) {
      ASSERT_TRUE(std::any_of(kept.begin(), kept.end(), [&](const Detection& k) {
        return k.class_id == d.class_id && k.score >= d.score && (k.box == d.box || iou(k.box, d.box) > 0.4F);
      }));
    }
  }
}

TEST(Nms, SteadyStateAllocatesNothing) {
  Nms nms;
  std::vector<Detection> boxes;
  boxes.reserve(200);
  std::size_t before = 0;
  for (int round = 0; round < 3; ++round) {
    if (round == 1) before = test::allocation_count();
    boxes.clear();
    for (int i = 0; i < 200; ++i) boxes.push_back(at(static_cast<float>(i % 40) * 7, static_cast<float>(i % 13) / 13));
    nms.run(boxes);
  }
  EXPECT_EQ(test::allocation_count(), before);
}

}  // namespace
}  // namespace weir
