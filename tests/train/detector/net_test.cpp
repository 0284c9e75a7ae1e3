// SPDX-License-Identifier: Apache-2.0
#include "train/detector/net.hpp"

#include <gtest/gtest.h>

#include "elastic/fuse.hpp"
#include "tests/train/graph/operator_case.hpp"

namespace weir::train {
namespace {

using weir::test::random_values, weir::test::relative_difference, weir::test::run_model, weir::test::Values;

constexpr double kTolerance = 1e-4;
const Shape kInput{1, 3, 64, 96};

OnnxModel trained_form() {
  OnnxModel model = build_detector(
      {.classes = 4, .bins = 10, .stem = 8, .channels = {8, 16, 24, 32}, .blocks = {1, 2, 2, 1}, .neck = 16}, 3);
  weir::test::randomise_norms(model, 5);
  return model;
}

std::vector<std::string> runners() {
  std::vector<std::string> names{"libtorch"};
  for (const std::string_view backend : engine_backends()) names.emplace_back(backend);
  return names;
}

std::vector<Values> run(const OnnxModel& model, const std::string& runner, const Values& x) {
  auto got = runner == "libtorch" ? test::run_torch(model, {x}) : run_model(model, runner, {x});
  if (!got) throw std::runtime_error(runner + ": " + got.error().text);
  return std::move(*got);
}

TEST(DetectorNet, OutputsAreRowsOfCells) {
  const auto got = run(trained_form(), "libtorch", random_values(kInput, 1, 0, 1));
  ASSERT_EQ(got.size(), 6U);
  for (std::size_t i = 0; i < 3; ++i) {
    const std::int64_t cells = 64 * 96 / (kDetectorStrides[i] * kDetectorStrides[i]);
    EXPECT_EQ(got[i].shape, (Shape{1, cells, 4}));
    EXPECT_EQ(got[i + 3].shape, (Shape{1, cells, 40}));
  }
}

TEST(DetectorNet, FusedEqualsTrainedForm) {
  const OnnxModel model = trained_form();
  const auto fused = fuse_branches(model);
  ASSERT_TRUE(fused) << fused.error().text;
  EXPECT_EQ(std::ranges::count(fused->nodes, "BatchNormalization", &OnnxNode::op), 0);
  EXPECT_EQ(std::ranges::count(fused->nodes, "Add", &OnnxNode::op), 2) << "the two places where strides meet";
  const Values x = random_values(kInput, 1, 0, 1);
  const auto want = run(model, "libtorch", x);
  for (const std::string& runner : runners()) {
    const auto trained = run(model, runner, x), got = run(*fused, runner, x);
    for (std::size_t i = 0; i < 6; ++i) {
      EXPECT_LE(relative_difference(trained[i], want[i]), kTolerance) << runner << ", output " << i;
      EXPECT_LE(relative_difference(got[i], want[i]), kTolerance) << runner << ", output " << i;
    }
  }
}

TEST(DetectorNet, ExportTakesPixelsAndGivesProbabilities) {
  const OnnxModel model = trained_form();
  const auto exported = export_detector(model, false);
  ASSERT_TRUE(exported) << exported.error().text;
  const Values x = random_values(kInput, 2, 0, 1);
  Values pixels = x;
  for (float& value : pixels.data) value *= 255;
  auto want = run(model, "libtorch", x);
  for (std::size_t i = 0; i < 3; ++i) {
    for (float& value : want[i].data) value = 1 / (1 + std::exp(-value));
  }
  for (const std::string& runner : runners()) {
    const auto got = run(*exported, runner, pixels);
    ASSERT_EQ(got.size(), 6U);
    for (std::size_t i = 0; i < 6; ++i) {
      EXPECT_LE(relative_difference(got[i], want[i]), kTolerance) << runner << ", output " << i;
    }
  }
}

TEST(DetectorNet, HalfStorageIsHalfTheFileAndRunsEverywhere) {
  const auto whole = export_detector(trained_form(), false), half = export_detector(trained_form(), true);
  ASSERT_TRUE(whole && half);
  EXPECT_LT(encode_onnx(*half).size(), 0.65 * encode_onnx(*whole).size());
  const Values pixels = random_values(kInput, 2, 0, 255);
  for (const std::string& runner : runners()) {
    const auto want = run(*whole, runner, pixels), got = run(*half, runner, pixels);
    for (std::size_t i = 0; i < 6; ++i) {
      EXPECT_LE(relative_difference(got[i], want[i]), 2e-2) << runner << ", output " << i;
    }
  }
}

}  // namespace
}  // namespace weir::train
