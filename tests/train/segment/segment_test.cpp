// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <opencv2/core.hpp>
#include <sstream>

#include "train/common/report/release.hpp"
#include "train/segment/segmenter.hpp"

namespace weir::train {
namespace {

/// Road below, sky above, and a red car on the road.
std::vector<SegmentExample> scenes(int count, std::uint64_t seed) {
  std::vector<SegmentExample> examples;
  Random random(seed);
  for (int i = 0; i < count; ++i) {
    SegmentExample example{"scene", cv::Mat(72, 96, CV_8UC3), cv::Mat(72, 96, CV_8U)};
    const int horizon = 24 + static_cast<int>(random.below(24)), left = static_cast<int>(random.below(64));
    example.image.setTo(cv::Scalar(220, 180, 150));
    example.mask.setTo(0);
    const cv::Rect road(0, horizon, 96, 72 - horizon), car(left, horizon + 4, 28, 16);
    example.image(road).setTo(cv::Scalar(90, 90, 90));
    example.mask(road).setTo(3);
    example.image(car).setTo(cv::Scalar(40, 40, 200));
    example.mask(car).setTo(8);
    example.mask.row(0).setTo(kUnlabelledPixel);
    examples.push_back(std::move(example));
  }
  return examples;
}

SegmentOptions tiny_options() {
  SegmentOptions options;
  options.program.out = std::filesystem::path(testing::TempDir()) / "weir_segment";
  std::filesystem::remove_all(options.program.out);
  options.program.threads = 1;
  options.shape = {.classes = 11, .stem = 8, .channels = {8, 8, 8, 8}, .blocks = {1, 1, 1, 1}, .up = {8, 8, 8, 8}};
  options.augment.crop = {96, 64};
  options.steps = 80;
  options.batch = 4;
  options.rate = 0.02;
  options.average_decay = 0.9;
  options.evaluate_every = 0;
  return options;
}

TEST(Segmenter, LearnsAndKeepsItsScoreInTheFile) {
  const auto train = scenes(12, 1), val = scenes(6, 2);
  std::ostringstream quiet;
  const auto trained = train_segmenter(tiny_options(), train, val, quiet);
  ASSERT_TRUE(trained) << trained.error().text;
  const auto& loss = trained->end.curves.at("loss");
  EXPECT_LT(loss.back().y, 0.4 * loss.front().y);
  auto written = write_model(trained->model, tiny_options().program.out / "net.onnx");
  ASSERT_TRUE(written) << written.error().text;
  const auto score = score_segmenter(written->net, val, 255);
  ASSERT_TRUE(score) << score.error().text;
  EXPECT_GT(score->mean_iou, 0.7);
  EXPECT_NEAR(score->mean_iou, trained->end.curves.at("mIoU").back().y, 0.02);
  EXPECT_EQ(score->class_iou[5], 0);
}

TEST(SegmentCrop, MaskFollowsTheImage) {
  const auto train = scenes(1, 3);
  Random random(7);
  double wrong = 0, outside = 0, all = 0;
  for (int i = 0; i < 40; ++i) {
    const SegmentExample crop = random_crop(train[0], {.crop = {64, 64}, .light = 0}, random);
    for (int y = 0; y < 64; ++y) {
      for (int x = 0; x < 64; ++x, ++all) {
        const auto label = crop.mask.at<unsigned char>(y, x);
        if (label == kUnlabelledPixel) ++outside;
        const auto& pixel = crop.image.at<cv::Vec3b>(y, x);
        if (label == 8 && pixel[2] < pixel[0]) ++wrong;
        if (label == 0 && pixel[0] < 120) ++wrong;
      }
    }
  }
  EXPECT_LT(wrong, 0.01 * all);
  EXPECT_GT(outside, 0.01 * all);
  EXPECT_LT(outside, 0.5 * all);
}

TEST(SegmentCrop, OfTheWholeImageIsTheImageOrItsMirrorImage) {
  const auto train = scenes(1, 3);
  SegmentExample mirrored;
  cv::flip(train[0].image, mirrored.image, 1);
  cv::flip(train[0].mask, mirrored.mask, 1);
  const auto equal = [](const SegmentExample& a, const SegmentExample& b) {
    return cv::norm(a.image, b.image, cv::NORM_INF) == 0 && cv::norm(a.mask, b.mask, cv::NORM_INF) == 0;
  };
  Random random(7);
  int same = 0, flipped = 0;
  for (int i = 0; i < 40; ++i) {
    const auto crop = random_crop(train[0], {.crop = {96, 72}, .smallest = 1, .largest = 1, .light = 0}, random);
    same += equal(crop, train[0]) ? 1 : 0;
    flipped += equal(crop, mirrored) ? 1 : 0;
  }
  EXPECT_EQ(same + flipped, 40);
  EXPECT_GT(same, 8);
  EXPECT_GT(flipped, 8);
}

TEST(SegmentPadding, ReachesTheMultipleWithoutALabel) {
  const auto train = scenes(1, 3);
  const SegmentExample padded = padded_to_multiple(train[0], 32);
  EXPECT_EQ(padded.image.size(), cv::Size(96, 96));
  EXPECT_EQ(padded.mask.at<unsigned char>(80, 5), kUnlabelledPixel);
  EXPECT_EQ(padded.mask.at<unsigned char>(71, 5), 3);
}

TEST(ClassWeights, FavourTheRareByTheMedian) {
  SegmentExample example{"", cv::Mat(10, 10, CV_8UC3), cv::Mat(10, 10, CV_8U)};
  example.mask.setTo(0);
  example.mask.rowRange(6, 9).setTo(1);  // 60, 30 and 10 of 100 pixels: the median is 0.3
  example.mask.row(9).setTo(2);
  const auto weights = class_weights(std::span(&example, 1), 1);
  EXPECT_NEAR(weights[0], 0.5, 1e-9);
  EXPECT_NEAR(weights[1], 1, 1e-9);
  EXPECT_NEAR(weights[2], 3, 1e-9);
  EXPECT_EQ(weights[3], 0);
  EXPECT_NEAR(class_weights(std::span(&example, 1), 0.5)[2], std::sqrt(3), 1e-9);
}

TEST(SegmentScoring, CountsUnlabelledPixelsForNothing) {
  // A net that says class 0 everywhere: its bias is all it has.
  OnnxModel model =
      build_segmenter({.stem = 4, .channels = {4, 4, 4, 4}, .blocks = {0, 0, 0, 0}, .up = {4, 4, 4, 4}}, 1);
  for (OnnxTensor& tensor : model.initialisers) {
    if (tensor.name != "scores.weight" && tensor.name != "scores.bias") continue;
    std::vector<float> values(static_cast<std::size_t>(tensor.shape.elements()), 0);
    if (tensor.name == "scores.bias") values[0] = 1;
    tensor = make_tensor<float>(tensor.name, tensor.shape, values);
  }
  auto net = OnnxNet::create(std::move(model));
  ASSERT_TRUE(net) << net.error().text;
  SegmentExample example{"", cv::Mat(32, 32, CV_8UC3, cv::Scalar::all(9)), cv::Mat(32, 32, CV_8U, cv::Scalar(0))};
  example.mask.rowRange(0, 16).setTo(kUnlabelledPixel);
  example.mask.rowRange(24, 32).setTo(3);
  const auto score = score_segmenter(*net, std::span(&example, 1), 1);
  ASSERT_TRUE(score) << score.error().text;
  EXPECT_NEAR(score->class_iou[0], 0.5, 1e-9);
  EXPECT_NEAR(score->mean_iou, 0.25, 1e-9);
  EXPECT_NEAR(score->accuracy, 0.5, 1e-9);
}

}  // namespace
}  // namespace weir::train
