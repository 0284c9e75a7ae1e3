// SPDX-License-Identifier: Apache-2.0
#include "kernels/detect/nanodet_decode.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir {
namespace {

constexpr std::size_t kClasses = 5;
constexpr NanodetOptions kOptions{.input_width = 64, .input_height = 32, .classes = kClasses, .score_threshold = 0.3F};
constexpr std::array<std::size_t, 3> kCells{8 * 4, 4 * 2, 2 * 1};

// Six outputs of a head with the given number of bins; `paired` orders them as NanoDet-g's file does.
struct Head {
  std::size_t bins;
  std::array<std::vector<float>, 3> scores, sides;

  explicit Head(std::size_t n) : bins(n) {
    for (std::size_t i = 0; i < 3; ++i) {
      scores[i].assign(kCells[i] * kClasses, 0.F);
      sides[i].assign(kCells[i] * 4 * bins, 0.F);
    }
  }
  // All probability on one bin.
  void set_side(std::size_t level, std::size_t cell, std::size_t side, std::size_t bin) {
    sides[level][(cell * 4 + side) * bins + bin] = 50.F;
  }
  std::vector<TensorView> views(bool paired = false) const {
    std::vector<TensorView> out;
    const auto score = [&](std::size_t i) {
      out.push_back(view_of(scores[i], {1, static_cast<std::int64_t>(kCells[i]), kClasses}));
    };
    const auto side = [&](std::size_t i) {
      out.push_back(view_of(sides[i], {1, static_cast<std::int64_t>(kCells[i]), static_cast<std::int64_t>(4 * bins)}));
    };
    for (std::size_t i = 0; i < 3; ++i) {
      if (paired) side(i);
      score(i);
    }
    for (std::size_t i = 0; i < 3 && !paired; ++i) side(i);
    return out;
  }
};

TEST(NanodetDecode, BothFilesLayoutsGiveTheSameBox) {
  for (const std::size_t bins : {8U, 11U, 16U}) {
    for (const bool paired : {false, true}) {
      Head head(bins);
      head.scores[1][(4 + 2) * kClasses + 3] = 0.7F;  // stride 16, line 1, column 2: centre (40, 24)
      const std::array<std::size_t, 4> distance{1, 0, 2, 5};
      for (std::size_t k = 0; k < 4; ++k) head.set_side(1, 4 + 2, k, distance[k]);
      std::vector<Detection> boxes;
      ASSERT_TRUE(decode_nanodet(head.views(paired), kOptions, {}, boxes).ok());
      ASSERT_EQ(boxes.size(), 1U);
      EXPECT_EQ(boxes[0].class_id, 3);
      EXPECT_FLOAT_EQ(boxes[0].score, 0.7F);
      EXPECT_NEAR(boxes[0].box.left, 40 - 16, 1e-3);
      EXPECT_NEAR(boxes[0].box.top, 24, 1e-3);
      EXPECT_NEAR(boxes[0].box.right, 40 + 32, 1e-3);
      EXPECT_NEAR(boxes[0].box.bottom, 24 + 80, 1e-3);
    }
  }
}

TEST(NanodetDecode, UniformDistributionIsItsMean) {
  Head head(8);
  head.scores[2][0] = 0.9F;  // stride 32, centre (16, 16)
  std::vector<Detection> boxes;
  ASSERT_TRUE(decode_nanodet(head.views(), kOptions, {2, 2, 0, 0}, boxes).ok());
  ASSERT_EQ(boxes.size(), 1U);
  EXPECT_NEAR(boxes[0].box.left, (16 - 3.5 * 32) / 2, 1e-3);
}

TEST(NanodetDecode, TakesTheSigmoidWhereTheFileHasLogits) {
  Head head(8);
  for (auto& level : head.scores) std::fill(level.begin(), level.end(), -9.F);
  head.scores[0][2] = 2.F;
  head.scores[0][kClasses] = -1.F;  // 0.27: below the threshold
  const auto views = head.views();
  EXPECT_TRUE(has_logits(views, kClasses));
  auto options = kOptions;
  options.sigmoid = true;
  std::vector<Detection> boxes;
  ASSERT_TRUE(decode_nanodet(views, options, {}, boxes).ok());
  ASSERT_EQ(boxes.size(), 1U);
  EXPECT_NEAR(boxes[0].score, 0.8808, 1e-4);
  EXPECT_EQ(boxes[0].class_id, 2);
  EXPECT_FALSE(has_logits(Head(8).views(), kClasses));
}

TEST(NanodetDecode, SkipsWhatIsNotFinite) {
  Head head(8);
  std::fill_n(head.scores[0].begin(), kClasses, NAN);
  head.scores[0][kClasses] = 0.9F;
  std::fill_n(head.sides[0].begin() + 4 * 8, 8, NAN);
  std::vector<Detection> boxes;
  ASSERT_TRUE(decode_nanodet(head.views(), kOptions, {}, boxes).ok());
  EXPECT_TRUE(boxes.empty());
}

TEST(NanodetDecode, NamesTheMissingOutput) {
  Head head(8);
  auto views = head.views();
  views.erase(views.begin() + 1);  // class scores of stride 16
  std::vector<Detection> boxes;
  const auto text = decode_nanodet(views, kOptions, {}, boxes).error().text;
  EXPECT_THAT(
      text, testing::AllOf(testing::HasSubstr("1x8x5"), testing::HasSubstr("stride 16"), testing::HasSubstr("1x32x5")));
  EXPECT_FALSE(decode_nanodet({}, kOptions, {}, boxes).ok());
  EXPECT_TRUE(boxes.empty());
}

}  // namespace
}  // namespace weir
