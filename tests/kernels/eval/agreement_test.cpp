// SPDX-License-Identifier: Apache-2.0
#include "kernels/eval/agreement.hpp"

#include <gtest/gtest.h>

namespace weir {
namespace {

Detection box(float left, float score, int type = 0) { return {{left, 0, left + 10, 10}, score, type}; }

TEST(Agreement, IsOneForTheSameBoxes) {
  const std::vector<AgreementFrame> frames{{{box(0, 0.9F), box(50, 0.5F, 1)}, {box(0, 0.8F), box(50, 0.4F, 1)}},
                                           {{box(7, 0.6F)}, {box(7, 0.6F)}}};
  const AgreementScore score = agreement(frames);
  EXPECT_EQ(score.expected, 3U);
  EXPECT_DOUBLE_EQ(score.average_precision, 1);
}

TEST(Agreement, SamplesPrecisionAtFortyRecalls) {
  // Of two expected boxes one is found, behind a false alarm: precision 1/2 at the recalls up to 1/2.
  const std::vector<AgreementFrame> frames{{{box(0, 0.9F), box(50, 0.9F)}, {box(200, 0.8F), box(0, 0.7F)}}};
  EXPECT_DOUBLE_EQ(agreement(frames).average_precision, 0.5 * 20 / 40);
}

TEST(Agreement, WeighsClassesByTheirBoxes) {
  const std::vector<AgreementFrame> frames{
      {{box(0, 0.9F), box(50, 0.9F), box(100, 0.9F), box(0, 0.9F, 1)}, {box(0, 0.5F, 1)}}};
  EXPECT_DOUBLE_EQ(agreement(frames).average_precision, 0.25);
}

TEST(Agreement, CountsConfidentBoxesOnlyAndEachOnce) {
  const std::vector<AgreementFrame> weak{{{box(0, 0.39F)}, {box(0, 0.9F)}}};
  EXPECT_EQ(agreement(weak).expected, 0U);
  EXPECT_EQ(agreement(weak).average_precision, 0);
  const std::vector<AgreementFrame> twice{{{box(0, 0.9F), box(50, 0.9F)}, {box(0, 0.9F), box(1, 0.8F), box(50, 0.7F)}}};
  EXPECT_NEAR(agreement(twice).average_precision, (20 * 1.0 + 20 * 2.0 / 3) / 40, 1e-12);
}

TEST(Agreement, NeedsOverlapInTheSameFrameAndClass) {
  const std::vector<AgreementFrame> frames{{{box(0, 0.9F)}, {box(6, 0.9F), box(0, 0.9F, 1)}}, {{}, {box(0, 0.9F)}}};
  EXPECT_EQ(agreement(frames).average_precision, 0);
  EXPECT_GT(agreement(frames, {.min_iou = 0.2F}).average_precision, 0);
}

}  // namespace
}  // namespace weir
