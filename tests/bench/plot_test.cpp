// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <opencv2/imgcodecs.hpp>

#include "bench/plot/canvas.hpp"
#include "bench/plot/plots.hpp"

namespace weir::bench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string png(const char* name) { return (std::filesystem::temp_directory_path() / name).string(); }

/// Pixels of a colour in a picture.
int count(const cv::Mat& picture, const cv::Scalar& colour) {
  cv::Mat same;
  cv::inRange(picture, colour, colour, same);
  return cv::countNonZero(same);
}

TEST(Plot, TicksAreRound) {
  EXPECT_THAT(round_ticks(900, 5100, true), ElementsAre(1000, 2000, 5000));
  ASSERT_EQ(round_ticks(0, 1, false).size(), 6U);
  EXPECT_EQ(tick_text(round_ticks(-0.4, 0.4, false)[2]), "0");
  EXPECT_EQ(tick_text(20'000), "20 k");
  EXPECT_EQ(tick_text(0.30000000000000004), "0.3");
}

TEST(Plot, DrawsEachSeriesOfACurve) {
  const Lines lines{{{"series", "a"}, {"x", 1000}, {"y", 0.5}},
                    {{"series", "a"}, {"x", 9000}, {"y", 0.9}},
                    {{"series", "b"}, {"x", 2000}, {"y", 0.8}}};
  const std::string file = png("weir_plot_test_curve.png");
  ASSERT_TRUE(plot_curve(lines, file));
  const cv::Mat picture = cv::imread(file);
  EXPECT_GT(count(picture, series_colour(0)), count(picture, series_colour(1)));
  EXPECT_GT(count(picture, series_colour(1)), 20);
  EXPECT_EQ(count(picture, series_colour(2)), 0);
  std::filesystem::remove(file);
}

TEST(Plot, DrawsABarPerPolicyAndPace) {
  const Lines lines{{{"metric", "recovery_s"}, {"value", 1}},
                    {{"metric", "accuracy_mpc_10fps"},
                     {"value", 0.8},
                     {"spread", {0.7, 0.9}},
                     {"also", {{"with_local", 0.85}, {"on_time", 0.9}}}}};
  const std::string file = png("weir_plot_test_policies.png");
  ASSERT_TRUE(plot_policies(lines, file));
  EXPECT_GT(count(cv::imread(file), series_colour(1)), 1000);
  std::filesystem::remove(file);
}

TEST(Plot, TellsWhatIsWrong) {
  EXPECT_THAT(plot_curve({}, png("x.png")).error().text, HasSubstr("series, x and y"));
  EXPECT_THAT(plot_curve({{{"series", "a"}, {"x", 0}, {"y", 1}}}, png("x.png")).error().text, HasSubstr("above 0"));
  EXPECT_THAT(plot_policies({}, png("x.png")).error().text, HasSubstr("scripts/bench control"));
  EXPECT_EQ(plot_curve({{{"series", "a"}, {"x", 1}, {"y", 1}}}, "/nowhere/x.png").error().code, Code::io);
}

}  // namespace
}  // namespace weir::bench
