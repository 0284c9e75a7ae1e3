// SPDX-License-Identifier: Apache-2.0
#include "train/detector/assign.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace weir::train {
namespace {

constexpr int kClasses = 2;

/// 64 x 64 pixels: 64 cells of stride 8, 16 of stride 16, 4 of stride 32.
struct Scene {
  std::vector<Cell> cells = detector_cells(64, 64);
  std::vector<float> scores = std::vector<float>(cells.size() * kClasses, 0.25F);
  std::vector<Box> predicted = std::vector<Box>(cells.size());
  std::vector<LabelledBox> objects;
  std::vector<Box> ignored;
  AssignOptions options;
  std::vector<CellTarget> targets;

  void assign() { assign_cells(cells, scores, kClasses, predicted, objects, ignored, options, targets); }

  /// All cells predict this box.
  void predict(const Box& box) { std::ranges::fill(predicted, box); }

  std::vector<std::size_t> learning(int object) const {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < targets.size(); ++i) {
      if (targets[i].object == object) found.push_back(i);
    }
    return found;
  }
};

TEST(DetectorCells, FollowTheRowsOfTheNet) {
  const auto cells = detector_cells(64, 32);
  ASSERT_EQ(cells.size(), 32U + 8U + 2U);
  EXPECT_EQ(cells[9].x, 12);
  EXPECT_EQ(cells[9].y, 12);
  EXPECT_EQ(cells[9].stride, 8);
  EXPECT_EQ(cells[37].x, 24);
  EXPECT_EQ(cells[37].y, 24);
  EXPECT_EQ(cells[41].x, 48);
  EXPECT_EQ(cells[41].stride, 32);
}

TEST(AssignCells, AnObjectIsLearnedByCellsInsideIt) {
  Scene scene;
  const Box box{17, 17, 47, 47};  // 16 cells of stride 8, 4 of stride 16
  scene.objects = {{box, 0, 1}};
  scene.predict(box);
  scene.assign();
  const auto learning = scene.learning(0);
  EXPECT_EQ(learning.size(), 8U);
  for (const std::size_t i : learning) {
    EXPECT_GT(scene.cells[i].x, box.left);
    EXPECT_LT(scene.cells[i].y, box.bottom);
    EXPECT_FLOAT_EQ(scene.targets[i].quality, 1);
  }
  EXPECT_EQ(scene.learning(kBackground).size(), scene.cells.size() - 8);
  scene.options.top = 100;
  scene.assign();
  EXPECT_EQ(scene.learning(0).size(), 20U);
}

TEST(AssignCells, TheBestPredictionsAreChosenAndWantTheirOverlap) {
  Scene scene;
  const Box box{16, 16, 48, 48};
  scene.objects = {{box, 1, 1}};
  scene.predict({16, 16, 48, 32});     // overlap 0.5
  const std::size_t best = 8 * 3 + 3;  // the cell at (28, 28)
  scene.predicted[best] = {16, 16, 48, 41.6F};
  scene.options.top = 3;
  scene.assign();
  EXPECT_EQ(scene.learning(0).size(), 3U);
  EXPECT_NEAR(scene.targets[best].quality, 0.8, 1e-5) << "its own overlap: the best of all";
  for (const std::size_t i : scene.learning(0)) {
    if (i == best) continue;
    EXPECT_NEAR(scene.targets[i].quality, std::pow(0.5 / 0.8, 6) * 0.8, 1e-5);
  }
  // Of equal boxes the higher score of the object's own class wins.
  const std::size_t sure = 8 * 4 + 4, other_class = 8 * 2 + 2;
  scene.predict(box);
  scene.scores[sure * kClasses + 1] = 1;
  scene.scores[other_class * kClasses] = 1;
  scene.options.top = 1;
  scene.assign();
  EXPECT_EQ(scene.learning(0), std::vector<std::size_t>{sure});
}

TEST(AssignCells, ACellInTwoObjectsLearnsTheOneItFits) {
  Scene scene;
  const Box left{0, 0, 40, 32}, right{24, 0, 64, 32};
  scene.objects = {{left, 0, 1}, {right, 0, 1}};
  scene.options.top = 100;
  for (std::size_t i = 0; i < scene.cells.size(); ++i) {
    scene.predicted[i] = static_cast<int>(scene.cells[i].y) / 8 % 2 == 0 ? left : right;
  }
  scene.assign();
  int shared = 0;
  for (std::size_t i = 0; i < 64; ++i) {
    const Cell& cell = scene.cells[i];
    if (cell.y > 32 || cell.x < 24 || cell.x > 40) continue;
    ++shared;
    EXPECT_EQ(scene.targets[i].object, static_cast<int>(cell.y) / 8 % 2) << cell.x << ", " << cell.y;
    EXPECT_FLOAT_EQ(scene.targets[i].quality, 1);
  }
  EXPECT_EQ(shared, 8);
}

TEST(AssignCells, TheSecondOfTwoEqualObjectsMayGoEmpty) {
  Scene scene;
  const Box box{9, 9, 15, 15};
  scene.objects = {{box, 0, 1}, {box, 1, 1}};
  scene.predict(box);
  scene.assign();
  EXPECT_EQ(scene.learning(0).size(), 1U);
  EXPECT_TRUE(scene.learning(1).empty());
  for (const CellTarget& target : scene.targets) EXPECT_TRUE(std::isfinite(target.quality));
}

TEST(AssignCells, ATinyObjectBetweenCentresGetsTheNearestFineCell) {
  Scene scene;
  scene.objects = {{{13, 9, 15, 11}, 0, 1}};
  scene.assign();
  EXPECT_EQ(scene.learning(0), std::vector<std::size_t>{9});
}

TEST(AssignCells, SidesBeyondReachAreLeftToCoarserCells) {
  Scene scene;
  const Box box{0, 0, 64, 64};
  scene.objects = {{box, 0, 1}};
  scene.predict(box);
  scene.options.reach = 2;  // 16, 32 and 64 pixels; the longest side is at least 36
  scene.assign();
  EXPECT_EQ(scene.learning(0), (std::vector<std::size_t>{80, 81, 82, 83}));
  scene.options.reach = 1;  // not even they: one coarse cell learns what it can
  scene.assign();
  ASSERT_EQ(scene.learning(0).size(), 1U);
  EXPECT_GE(scene.learning(0)[0], 80U);
}

TEST(AssignCells, IgnoredRegionsAreNeitherObjectNorBackground) {
  Scene scene;
  const Box box{1, 1, 15, 15};
  scene.objects = {{box, 0, 1}};
  scene.predict(box);
  scene.ignored = {{0, 0, 64, 31}};
  scene.assign();
  EXPECT_EQ(scene.learning(0).size(), 5U) << "four cells of stride 8 and one of stride 16: the object comes first";
  for (std::size_t i = 0; i < scene.cells.size(); ++i) {
    if (scene.targets[i].object == 0) continue;
    EXPECT_EQ(scene.targets[i].object, scene.cells[i].y < 31 ? kNoOpinion : kBackground) << i;
  }
}

TEST(AssignCells, TheLabelsOwnScoreScalesWhatIsWanted) {
  Scene scene;
  const Box box{1, 1, 15, 15};
  scene.objects = {{box, 0, 0.6F}};
  scene.predict(box);
  scene.assign();
  ASSERT_FALSE(scene.learning(0).empty());
  for (const std::size_t i : scene.learning(0)) EXPECT_FLOAT_EQ(scene.targets[i].quality, 0.6F);
}

TEST(AssignCells, WithoutObjectsAllIsBackground) {
  Scene scene;
  scene.assign();
  EXPECT_EQ(scene.learning(kBackground).size(), scene.cells.size());
}

}  // namespace
}  // namespace weir::train
