// SPDX-License-Identifier: Apache-2.0
#include "train/slimmable/slimmable.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <sstream>

#include "elastic/switchable/top1.hpp"
#include "train/classify/batches.hpp"
#include "train/classify/mobilenet.hpp"
#include "train/slimmable/grid.hpp"
#include "train/slimmable/jpeg.hpp"
#include "train/slimmable/natural_groups.hpp"
#include "train/slimmable/norms.hpp"
#include "train/slimmable/report.hpp"
#include "train/slimmable/slimmable_net.hpp"

namespace weir::train {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr int kSide = 16;

/// Two kinds of noisy images: stripes that lie and stripes that stand.
ImageSet stripes(int count, std::uint64_t seed) {
  ImageSet set{{}, {}, kSide, kSide, {"lying", "standing"}};
  Random random(seed);
  for (int i = 0; i < count; ++i) {
    const int label = i % 2, phase = static_cast<int>(random.below(4));
    for (int y = 0; y < kSide; ++y) {
      for (int x = 0; x < kSide; ++x) {
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

OnnxModel tiny_network() {
  return build_mobilenet({.classes = 2, .stem = 4, .dense = 6, .expand = 2, .blocks = {{6, 1}}, .features = 8}, 3);
}

SlimmableOptions tiny_options(const std::string& name) {
  SlimmableOptions options;
  options.program.out = std::filesystem::path(testing::TempDir()) / ("weir_slimmable_" + name);
  std::filesystem::remove_all(options.program.out);
  std::filesystem::create_directories(options.program.out);
  options.program.threads = 1;
  options.seam = kStemSeam;
  options.setups = full_grid(4);
  options.distillation = false;
  options.steps = 6;
  options.batch = 16;
  options.calibration = 64;
  return options;
}

std::vector<ImageView> views_of(const ImageSet& set) {
  std::vector<ImageView> views;
  for (std::size_t i = 0; i < set.size(); ++i) {
    views.push_back({set.image(i), kSide, kSide, 3 * kSide, PixelFormat::bgr8});
  }
  return views;
}

PreprocessOptions input_of() {
  PreprocessOptions input;
  input.width = input.height = kSide;
  return input;
}

TEST(Grid, IsTheAuthorsAndRichestFirst) {
  EXPECT_EQ(full_grid(32).size(), 40U);
  const std::vector<Rung> grid = full_grid(16);
  EXPECT_EQ(grid.size(), 36U);
  EXPECT_EQ(grid.front().name(), "16x8");
  EXPECT_EQ(grid.back().name(), "1x1");
  EXPECT_TRUE(std::ranges::is_sorted(grid, std::ranges::greater(), &Rung::rate));
}

TEST(Grid, IsReadFromText) {
  const auto read = parse_grid("1x1,16x8,4x2", 16);
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(read->front().name(), "16x8");
  EXPECT_EQ(read->back().rate, 1);
  for (const char* wrong : {"", "4", "4x", "x2", "17x1", "0x1", "4x9", "4x0", "4x2:1"}) {
    const auto refused = parse_grid(wrong, 16);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().code, Code::invalid);
  }
}

TEST(NaturalGroups, AreRunsOfAlikeValues) {
  EXPECT_THAT(natural_groups({0.9, 0.1, 0.5, 0.11, 0.52, 0.12}, 3), ElementsAre(2, 0, 1, 0, 1, 0));
  EXPECT_THAT(natural_groups({5, 5}, 3).size(), 2U);
  EXPECT_TRUE(natural_groups({}, 3).empty());
  // The widest gap is between 1 and 0.8; most of the distances are not.
  EXPECT_THAT(natural_groups({1, 0.8, 0, 0.1, 0.02, 0.08, 0.04}, 2), ElementsAre(1, 1, 0, 0, 0, 0, 0));
}

TEST(Receive, RoundsLimitsAndLeavesOut) {
  torch::Tensor values = torch::tensor({-0.5, 0.15, 9.0, -1.2, 7.0, 7.0}).view({1, 3, 1, 2}).set_requires_grad(true);
  const torch::Tensor received = receive(values, {2, 2, 4}, torch::tensor({0.2, 1.0, 1.0}));
  EXPECT_TRUE(received.flatten().allclose(torch::tensor({-0.4, 0.2, 1.0, -1.0, 0.0, 0.0})));
  received.sum().backward();
  EXPECT_TRUE(values.grad().flatten().allclose(torch::tensor({0.0, 1.0, 0.0, 1.0, 0.0, 0.0})));
}

TEST(Norms, OpenedAndFoldedComputeTheSame) {
  const OnnxModel network = tiny_network();
  auto opened = open_norms(network);
  ASSERT_TRUE(opened) << opened.error().text;
  auto net = OnnxNet::create(opened->model), plain = OnnxNet::create(network),
       folded = OnnxNet::create(fold_norms(opened->model));
  ASSERT_TRUE(net && plain && folded);
  const torch::NoGradGuard no_grad;
  const torch::Tensor image = torch::rand({2, 3, kSide, kSide});
  const torch::Tensor scale = torch::tensor(opened->scale), bias = torch::tensor(opened->bias);
  const torch::Tensor expected = (*plain->forward({image}))[0];
  EXPECT_TRUE((*net->forward({image, scale, bias}))[0].allclose(expected, 1e-4, 1e-5));
  // Fresh norms have mean 0 and variance 1: what is folded into is their scale.
  const torch::Tensor factor = (scale / std::sqrt(1 + 1e-3)).view({1, -1, 1, 1});
  EXPECT_TRUE((*folded->forward({image, factor, bias.view({1, -1, 1, 1})}))[0].allclose(expected, 1e-4, 1e-5));
  EXPECT_FALSE((*folded->forward({image, 2 * factor, bias.view({1, -1, 1, 1})}))[0].allclose(expected, 1e-2, 1e-2));
}

TEST(Norms, NoneIsAnError) {
  OnnxModel network = tiny_network();
  std::erase_if(network.nodes, [](const OnnxNode& node) { return node.op == "BatchNormalization"; });
  const auto opened = open_norms(network);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().text, HasSubstr("no batch norm"));
}

TEST(Slimmable, SeamMustBeANorm) {
  const auto net = SlimmableNet::create(tiny_network(), "dense.relu", full_grid(4));
  ASSERT_FALSE(net);
  EXPECT_THAT(net.error().text, HasSubstr("\"dense.relu\" is not the output of a BatchNormalization"));
}

/// What the files answer at batch 1 is what the net answers in training mode to the images that statistics are of.
TEST(Slimmable, FilesAnswerAsTheNetDoesWithItsStatistics) {
  const OnnxModel network = tiny_network();
  auto net = SlimmableNet::create(network, kStemSeam, *parse_grid("4x8,2x2,1x1", 4));
  ASSERT_TRUE(net) << net.error().text;
  const ImageSet set = stripes(24, 5);
  const torch::Tensor images = plain_batch(set, 0, set.size()).images;
  const auto models = net->to_models(network, images);
  ASSERT_TRUE(models) << models.error().text;
  auto session =
      SwitchableSession::create(encode_onnx(models->head), encode_onnx(models->tail), models->setups, kSide, kSide, {});
  ASSERT_TRUE(session) << session.error().text;
  const torch::NoGradGuard no_grad;
  const torch::Tensor first = (images.slice(0, 0, 1) * 255).contiguous();
  const TensorView view{DType::f32, {1, 3, kSide, kSide}, first.data_ptr()};
  net->train(true);
  for (std::int64_t u = 0; u < 3; ++u) {
    const SwitchableSetup& setup = models->setups.setups[static_cast<std::size_t>(u)];
    const torch::Tensor expected = (*net->answer(*net->encode(images), u))[0].contiguous();
    const auto bottleneck = session->encode(view);
    ASSERT_TRUE(bottleneck) << bottleneck.error().text;
    std::vector<std::int32_t> symbols;
    quantise(bottleneck->as<float>(), setup, symbols);
    Tensor received(DType::f32, bottleneck->shape);
    dequantise(symbols, setup, received.as<float>());
    const auto answered = session->decode(setup, received.view());
    ASSERT_TRUE(answered) << answered.error().text;
    const auto found = (*answered)[0].as<float>();
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_NEAR(found[i], expected.data_ptr<float>()[i], 0.03) << setup.name << " " << i;
    }
  }
}

TEST(Slimmable, LearnsInAllSetups) {
  SlimmableOptions options = tiny_options("learns");
  options.initialisation = false;
  options.setups = *parse_grid("4x8,4x1,2x4,1x4", 4);
  options.steps = 60;
  const ImageSet train = stripes(160, 1), test = stripes(60, 2);
  std::ostringstream quiet;
  const auto trained = train_slimmable(options, tiny_network(), train, quiet);
  ASSERT_TRUE(trained) << trained.error().text;
  EXPECT_THAT(quiet.str(), HasSubstr("cluster"));
  const SwitchableModels& models = trained->models;
  const auto views = views_of(test);
  const auto scores =
      measure_top1(encode_onnx(models.head), encode_onnx(models.tail), models.setups, {views, test.labels}, input_of());
  ASSERT_TRUE(scores) << scores.error().text;
  for (const SetupTop1& score : *scores) EXPECT_GT(score.top1, 0.8) << score.setup;
  EXPECT_EQ(scores->front().packed_bytes, 4 * 8 * 8 * 8 / 8);
}

TEST(Slimmable, ResumesExactly) {
  SlimmableOptions options = tiny_options("resume");
  options.distillation = true;
  options.checkpoint_every = 3;
  const ImageSet train = stripes(64, 1);
  std::ostringstream quiet;
  const auto whole = train_slimmable(options, tiny_network(), train, quiet);
  ASSERT_TRUE(whole) << whole.error().text;
  options.program.resume = options.program.out / "slimmable.ckpt.previous";
  const auto resumed = train_slimmable(options, tiny_network(), train, quiet);
  ASSERT_TRUE(resumed) << resumed.error().text;
  EXPECT_EQ(encode_onnx(whole->models.tail), encode_onnx(resumed->models.tail));
  EXPECT_EQ(format_setups(whole->models.setups), format_setups(resumed->models.setups));
}

TEST(Jpeg, BytesWithoutTablesAreTheRest) {
  // Start, a quantiser's table of 4 + 2 bytes, a frame header of 5 + 2, then the scan.
  const std::vector<std::uint8_t> file{0xFF, 0xD8, 0xFF, 0xDB, 0,    4,    1, 2, 0xFF, 0xC0, 0,
                                       5,    1,    2,    3,    0xFF, 0xDA, 0, 2, 9,    9};
  EXPECT_EQ(without_tables(file), file.size() - 6);
}

TEST(Jpeg, LowerQualityTakesLessAndChangesMore) {
  const ImageSet set = stripes(4, 3);
  const auto low = recode_jpeg(set, 10), high = recode_jpeg(set, 95);
  ASSERT_TRUE(low && high);
  EXPECT_LT(low->file_bytes, high->file_bytes);
  EXPECT_LT(low->coded_bytes, low->file_bytes);
  EXPECT_EQ(low->images.pixels.size(), set.pixels.size());
  EXPECT_NE(low->images.pixels, high->images.pixels);
}

TEST(Report, ComparesSetupByName) {
  const std::vector<SetupTop1> grid{{"2x8", 0.8, 90, 100}, {"1x1", 0.5, 9, 10}}, singles{{"1x1", 0.51, 9, 10}};
  EXPECT_THAT(single_table(grid, singles), HasSubstr("| 1x1 | 51.00 | 50.00 | 1.00 |"));
  EXPECT_THAT(ablation_table({{"IDC", grid}}, singles), HasSubstr("| IDC | 0.0100 | 0.0100 | 0.0100 |"));
  const std::string jpeg = jpeg_table(grid, {{1, 50, 20, 0.3}, {50, 150, 60, 0.7}});
  EXPECT_THAT(jpeg, HasSubstr("| 2x8 | 80.00 | 100 | 50.00 | 70.00 | 90 | 46.00 | 70.00 |"));
  EXPECT_THAT(jpeg, HasSubstr("| 1x1 | 50.00 | 10 | - | - | 9 | - | - |"));
}

TEST(Slimmable, StartsFromTheNetworkOrAnew) {
  OnnxModel network = tiny_network();
  const OnnxModel before = network;
  reset_weights(network, 9);
  const auto weight = [](const OnnxModel& model) { return model.find_initialiser("dense.conv.weight")->data; };
  EXPECT_NE(weight(network), weight(before));
  OnnxModel again = before;
  reset_weights(again, 9);
  EXPECT_EQ(encode_onnx(again), encode_onnx(network));
}

}  // namespace
}  // namespace weir::train
