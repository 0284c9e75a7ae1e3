// SPDX-License-Identifier: Apache-2.0
#include "kernels/detect/yolox_decode.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir {
namespace {

constexpr YoloxOptions kOptions{.input_width = 64, .input_height = 32, .classes = 3, .score_threshold = 0.25F};
constexpr std::size_t kCells = 8 * 4 + 4 * 2 + 2 * 1;
constexpr std::size_t kStep = 8;

struct Output {
  std::vector<float> values = std::vector<float>(kCells * kStep, 0.F);
  float* cell(std::size_t i) { return values.data() + i * kStep; }
  TensorView view() const { return view_of(values, {1, kCells, kStep}); }
};

TEST(YoloxDecode, PlacesBoxesOnEveryStride) {
  Output out;
  const auto put = [&](std::size_t cell, float log_side, float objectness, std::size_t class_id) {
    float* row = out.cell(cell);
    row[0] = 0.5F;
    row[1] = 0.25F;
    row[2] = row[3] = log_side;
    row[4] = objectness;
    row[5 + class_id] = 0.8F;
  };
  put(8 * 1 + 3, 0.F, 0.5F, 2);             // stride 8, line 1, column 3
  put(32 + 4 + 1, std::log(2.F), 0.9F, 0);  // stride 16, line 1, column 1
  put(40 + 1, 0.F, 0.3F, 1);                // stride 32: 0.3 * 0.8 is below the threshold
  std::vector<Detection> boxes;
  ASSERT_TRUE(decode_yolox(out.view(), kOptions, {}, boxes).ok());
  ASSERT_EQ(boxes.size(), 2U);
  EXPECT_EQ(boxes[0].class_id, 2);
  EXPECT_FLOAT_EQ(boxes[0].score, 0.4F);
  EXPECT_FLOAT_EQ(boxes[0].box.left, 28 - 4);
  EXPECT_FLOAT_EQ(boxes[0].box.bottom, 10 + 4);
  EXPECT_EQ(boxes[1].class_id, 0);
  EXPECT_FLOAT_EQ(boxes[1].box.left, 24 - 16);
  EXPECT_FLOAT_EQ(boxes[1].box.top, 20 - 16);
}

TEST(YoloxDecode, ReturnsToImagePixels) {
  Output out;
  float* row = out.cell(0);
  row[4] = row[5] = 1;
  std::vector<Detection> boxes;
  ASSERT_TRUE(decode_yolox(out.view(), kOptions, {0.5F, 0.25F, 2, 1}, boxes).ok());
  ASSERT_EQ(boxes.size(), 1U);
  EXPECT_FLOAT_EQ(boxes[0].box.left, (-4.F - 2) / 0.5F);
  EXPECT_FLOAT_EQ(boxes[0].box.bottom, (4.F - 1) / 0.25F);
}

TEST(YoloxDecode, SkipsRowsThatAreNotFinite) {
  Output out;
  for (std::size_t i = 0; i < 4; ++i) {
    out.cell(i)[4] = out.cell(i)[5] = 1;
  }
  out.cell(0)[4] = NAN;
  out.cell(1)[0] = NAN;
  out.cell(2)[2] = 1000;  // exp overflows
  for (std::size_t c = 5; c < kStep; ++c) out.cell(3)[c] = NAN;
  std::vector<Detection> boxes;
  ASSERT_TRUE(decode_yolox(out.view(), kOptions, {}, boxes).ok());
  EXPECT_TRUE(boxes.empty());
}

TEST(YoloxDecode, RefusesAnotherShapeAndNamesBoth) {
  Output out;
  std::vector<Detection> boxes;
  const auto text = decode_yolox(view_of(out.values, {1, kStep, kCells}), kOptions, {}, boxes).error().text;
  EXPECT_THAT(text, testing::AllOf(testing::HasSubstr("1x8x42"), testing::HasSubstr("1x42x8")));
  EXPECT_FALSE(decode_yolox({DType::f32, {1, kCells, kStep}, nullptr}, kOptions, {}, boxes).ok());
  EXPECT_FALSE(decode_yolox(out.view(), {.input_width = 32, .input_height = 32}, {}, boxes).ok());
  EXPECT_FALSE(decode_yolox(out.view(), {}, {}, boxes).ok());
}

}  // namespace
}  // namespace weir
