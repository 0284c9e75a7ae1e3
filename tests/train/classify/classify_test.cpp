// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <cmath>
#include <csignal>
#include <ostream>
#include <set>
#include <sstream>
#include <streambuf>

#include "train/classify/batches.hpp"
#include "train/classify/classifier.hpp"
#include "train/classify/whitening.hpp"
#include "train/common/report/release.hpp"

namespace weir::train {
namespace {

using testing::HasSubstr;

/// Two kinds of noisy images: stripes that lie and stripes that stand.
ImageSet stripes(int count, std::uint64_t seed) {
  ImageSet set{{}, {}, 16, 16, {"lying", "standing"}};
  Random random(seed);
  for (int i = 0; i < count; ++i) {
    const int label = static_cast<int>(random.below(2)), phase = static_cast<int>(random.below(4));
    for (int y = 0; y < 16; ++y) {
      for (int x = 0; x < 16; ++x) {
        const int bright = (((label == 0 ? y : x) + phase) / 2) % 2 == 0 ? 170 : 80;
        for (int c = 0; c < 3; ++c) {
          set.pixels.push_back(static_cast<std::uint8_t>(bright + static_cast<int>(random.below(60))));
        }
      }
    }
    set.labels.push_back(label);
  }
  return set;
}

ClassifyOptions tiny_options(const std::string& name) {
  ClassifyOptions options;
  options.program.out = std::filesystem::path(testing::TempDir()) / ("weir_classify_" + name);
  std::filesystem::remove_all(options.program.out);
  options.program.threads = 1;
  options.shape = {.classes = 2, .stem = 4, .channels = {4, 8, 8}};
  options.epochs = {20};
  options.evaluate_epochs = 10;
  options.batch = 16;
  options.rate = 0.1;
  options.average_decay = 0.9;
  return options;
}

/// Presses Ctrl-C when a score is written.
class Interrupting : public std::stringbuf {
 protected:
  std::streamsize xsputn(const char* text, std::streamsize count) override {
    if (std::string_view(text, static_cast<std::size_t>(count)).find("top-1") != std::string_view::npos) {
      std::raise(SIGINT);
    }
    return std::stringbuf::xsputn(text, count);
  }
};

TEST(Classifier, LearnsResumesExactlyAndKeepsItsScoreInTheFile) {
  const ImageSet train = stripes(96, 1), test = stripes(64, 2);
  std::ostringstream quiet;
  const auto straight = train_classifier(tiny_options("straight"), train, test, quiet);
  ASSERT_TRUE(straight) << straight.error().text;
  const auto& loss = straight->end.curves.at("loss");
  EXPECT_LT(loss.back().y, 0.7 * loss.front().y);

  ClassifyOptions options = tiny_options("halves");
  Interrupting interrupting;
  std::ostream messages(&interrupting);
  const auto half = train_classifier(options, train, test, messages);
  ASSERT_TRUE(half) << half.error().text;
  ASSERT_TRUE(half->end.interrupted);
  EXPECT_EQ(half->end.step, 61);  // ten epochs of six steps, and the step in which Ctrl-C is seen
  options.program.resume = options.program.out / "classify.ckpt";
  const auto resumed = train_classifier(options, train, test, quiet);
  ASSERT_TRUE(resumed) << resumed.error().text;
  EXPECT_TRUE(encode_onnx(resumed->model) == encode_onnx(straight->model));
  EXPECT_EQ(resumed->end.curves.at("top-1").size(), 2U);

  auto written = write_model(straight->model, options.program.out / "net.onnx");
  ASSERT_TRUE(written) << written.error().text;
  const auto score = score_classifier(written->net, test, 255);
  ASSERT_TRUE(score) << score.error().text;
  EXPECT_GT(score->top1, 0.9);
  EXPECT_NEAR(score->top1, straight->end.curves.at("top-1").back().y, 0.02);

  options.batch = 8;
  const auto other = train_classifier(options, train, test, quiet);
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().text, HasSubstr("was made with batch 16, this run has 8"));
}

TEST(Classifier, AddsARunThroughTheScheduleToAFinishedOne) {
  const ImageSet train = stripes(96, 1), test = stripes(64, 2);
  std::ostringstream quiet;
  ClassifyOptions options = tiny_options("cycles_straight");
  options.epochs = {5, 3};
  const auto straight = train_classifier(options, train, test, quiet);
  ASSERT_TRUE(straight) << straight.error().text;
  EXPECT_EQ(straight->end.step, 48);

  options = tiny_options("cycles_added");
  options.epochs = {5};
  ASSERT_TRUE(train_classifier(options, train, test, quiet));
  options.program.resume = options.program.out / "classify.ckpt";
  options.epochs = {5, 3};
  const auto added = train_classifier(options, train, test, quiet);
  ASSERT_TRUE(added) << added.error().text;
  EXPECT_TRUE(encode_onnx(added->model) == encode_onnx(straight->model));

  options.epochs = {6, 3};
  const auto other = train_classifier(options, train, test, quiet);
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().text, HasSubstr("was made with steps 30 18, this run has 36 18"));
}

/// Trains what `options` say, and checks that it learned and has its seam.
void expect_learns_behind_a_stem(ClassifyOptions options) {
  options.evaluate_epochs = 0;
  std::ostringstream quiet;
  const ImageSet train = stripes(96, 1), test = stripes(64, 2);
  const auto trained = train_classifier(options, train, test, quiet);
  ASSERT_TRUE(trained) << trained.error().text;
  auto net = OnnxNet::create(trained->model);
  ASSERT_TRUE(net) << net.error().text;
  const auto seam = net->forward({torch::zeros({2, 3, 16, 16})}, {kStemSeam});
  ASSERT_TRUE(seam) << seam.error().text;
  EXPECT_EQ((*seam)[0].sizes(), (std::vector<std::int64_t>{2, 4, 8, 8}));
  const auto score = score_classifier(*net, test, 1);
  ASSERT_TRUE(score) << score.error().text;
  EXPECT_GT(score->top1, 0.9);
}

TEST(MobileNet, LearnsAndIsCutBehindItsStem) {
  ClassifyOptions options = tiny_options("mobile");
  options.kind = ClassifierKind::mobilenet;
  options.mobile_shape = {
      .classes = 2, .stem = 4, .dense = 8, .expand = 2, .blocks = {{8, 1}, {12, 2}}, .features = 16};
  expect_learns_behind_a_stem(options);
}

TEST(MobileVit, LearnsAndIsCutBehindItsStem) {
  ClassifyOptions options = tiny_options("vit");
  options.kind = ClassifierKind::mobilevit;
  options.vit_shape = {.classes = 2,
                       .side = 16,
                       .stem = 4,
                       .dense = 8,
                       .expand = 2,
                       .stages = {{8, 1, 8, 1}, {12, 2, 8, 2}},
                       .features = 16};
  expect_learns_behind_a_stem(options);
}

TEST(ClassifyBatches, ShiftAndFlipButKeepPixelsInRange) {
  ImageSet set{{}, {0}, 16, 16, {"ramp"}};
  for (int y = 0; y < 16; ++y) {
    for (int x = 0; x < 16; ++x) set.pixels.insert(set.pixels.end(), {std::uint8_t(x * 16), std::uint8_t(y * 16), 255});
  }
  const auto plain = plain_batch(set, 0, 1).images;
  EXPECT_TRUE(plain.is_contiguous(torch::MemoryFormat::ChannelsLast));
  EXPECT_FLOAT_EQ(plain[0][0][3][5].item<float>(), 80.0F / 255);
  EXPECT_FLOAT_EQ(plain[0][1][3][5].item<float>(), 48.0F / 255);
  const std::vector<std::size_t> indices(64, 0);
  const auto even = augmented_batch(set, indices, 0, Random(4)).images;
  const auto odd = augmented_batch(set, indices, 1, Random(4)).images;
  EXPECT_TRUE(even.select(1, 2).eq(1).all().item<bool>());
  const auto centres = [](const torch::Tensor& images) {
    std::set<long> found;
    for (std::int64_t i = 0; i < 64; ++i) found.insert(std::lround(images[i][0][8][8].item<float>() * 255 / 16));
    return found;
  };
  // Three places each way; what one pass shows as it is, the next one mirrors.
  EXPECT_THAT(centres(even), testing::AnyOf(testing::ElementsAre(7, 8, 9), testing::ElementsAre(6, 7, 8)));
  EXPECT_EQ(centres(odd).size(), 3U);
  EXPECT_NE(centres(even), centres(odd));
}

TEST(Whitening, FiltersAreTheDirectionsThatPatchesVaryIn) {
  const ImageSet set = stripes(50, 3);
  const torch::Tensor filters = whitening_filters(set, 6).flatten(1);
  const torch::Tensor first = filters.slice(0, 0, 6, 2);
  EXPECT_TRUE(torch::equal(filters.slice(0, 1, 6, 2), -first));
  EXPECT_TRUE(torch::allclose(torch::matmul(first, first.t()), torch::eye(3), 1e-5, 1e-5));
  // The stripes have no colour: all channels of the strongest direction are nearly alike.
  const torch::Tensor strongest = first[0].view({3, 9});
  EXPECT_LT((strongest[0] - strongest[1]).abs().max().item<double>(), 0.05);
  EXPECT_GT(strongest.abs().max().item<double>(), 0.1);
}

}  // namespace
}  // namespace weir::train
