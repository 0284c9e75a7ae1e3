// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <opencv2/imgcodecs.hpp>

#include "train/common/report/model_card.hpp"
#include "train/common/report/plot.hpp"

namespace weir::train {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Report : public testing::Test {
 protected:
  Report() {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  std::string read(const std::string& name) const {
    std::ifstream stream(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  std::filesystem::path folder_ = std::filesystem::path(testing::TempDir()) / "weir_report";
};

std::vector<Plot> two_charts() {
  PlotSeries loss{"loss", {}}, score{"IoU of small things", {}}, mean{"mIoU", {}};
  for (int i = 1; i <= 400; ++i) loss.points.push_back({i * 50.0, 0.3 + 2.5 * std::exp(-i / 60.0)});
  for (int i = 1; i <= 12; ++i) {
    score.points.push_back({i * 1600.0, 0.5 * (1 - std::exp(-i / 3.0))});
    mean.points.push_back({i * 1600.0, 0.7 * (1 - std::exp(-i / 2.0))});
  }
  mean.points[5].y = std::numeric_limits<double>::quiet_NaN();
  return {{"Loss", "step", "", {loss}}, {"Validation", "step", "IoU", {mean, score}}};
}

TEST_F(Report, ChartShowsItsLinesInTheirColours) {
  const auto path = folder_ / "curves.png";
  const Status status = plot_curves(path, two_charts());
  ASSERT_TRUE(status) << status.error().text;
  const cv::Mat image = cv::imread(path.string());
  ASSERT_EQ(image.cols, 1280);
  ASSERT_EQ(image.rows, 400);
  const auto count = [&](int from, const cv::Vec3b& colour) {
    int found = 0;
    for (int y = 0; y < image.rows; ++y) {
      for (int x = from; x < from + 640; ++x) found += image.at<cv::Vec3b>(y, x) == colour ? 1 : 0;
    }
    return found;
  };
  EXPECT_GT(count(0, {178, 114, 0}), 300);
  EXPECT_EQ(count(0, {0, 94, 213}), 0);
  EXPECT_GT(count(640, {178, 114, 0}), 300);
  EXPECT_GT(count(640, {0, 94, 213}), 300);
}

TEST_F(Report, ChartWithoutAPointIsRefused) {
  const Status status = plot_curves(folder_ / "none.png", {{"Empty", "step", "", {{"loss", {{1, NAN}}}}}});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().text, HasSubstr("Empty"));
  EXPECT_EQ(plot_curves(folder_ / "missing" / "x.png", two_charts()).error().code, Code::io);
}

TEST(AxisTicks, AreRound) {
  EXPECT_THAT(axis_ticks(0, 1, 5), ElementsAre(0, 0.2, testing::DoubleNear(0.4, 1e-9), testing::DoubleNear(0.6, 1e-9),
                                               testing::DoubleNear(0.8, 1e-9), testing::DoubleNear(1, 1e-9)));
  EXPECT_THAT(axis_ticks(3, 1180, 6), ElementsAre(200, 400, 600, 800, 1000));
}

TEST_F(Report, CardTellsDataLicencesAndHashes) {
  std::ofstream(folder_ / "net.onnx") << "abc";
  ModelCard card;
  card.name = "weir_test";
  card.purpose = "For a test.";
  card.classes = {"car", "tree"};
  card.command = "train-segment --seed 1";
  card.data = {{"CamVid", "train", "research use", "Brostow 2008", true},
               {"drawn | scene", "all", "Apache-2.0", "", false}};
  card.results = {{"mIoU", "val, 101 images", "0.53"}};
  card.files = {{folder_ / "net.onnx", "weights"}};
  card.curves = folder_ / "net.png";
  const Status status = write_model_card(folder_ / "net.md", card);
  ASSERT_TRUE(status) << status.error().text;
  const std::string text = read("net.md");
  EXPECT_THAT(text, HasSubstr("| mIoU | val, 101 images | 0.53 |"));
  EXPECT_THAT(text, HasSubstr("**Not for commercial use.** CamVid is given"));
  EXPECT_THAT(text, HasSubstr("| drawn \\| scene |"));
  EXPECT_THAT(text, HasSubstr("| 3 | `ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad` |"));
  EXPECT_THAT(text, HasSubstr("![Training curves](net.png)"));
  ASSERT_TRUE(write_sha256(folder_ / "net.onnx"));
  EXPECT_EQ(read("net.onnx.sha256"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  net.onnx\n");
}

TEST_F(Report, CardOfAFreeModelHasNoRestriction) {
  ModelCard card;
  card.data = {{"drawn scene", "all", "Apache-2.0", "", false}};
  EXPECT_THAT(format_model_card(card).value(), Not(HasSubstr("commercial")));
  card.files = {{folder_ / "missing.onnx", "weights"}};
  EXPECT_EQ(format_model_card(card).error().code, Code::not_found);
}

}  // namespace
}  // namespace weir::train
