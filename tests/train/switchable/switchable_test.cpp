// SPDX-License-Identifier: Apache-2.0
#include "train/switchable/switchable.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <opencv2/core.hpp>
#include <sstream>

#include "elastic/graph_builder.hpp"
#include "elastic/switchable/session.hpp"
#include "train/common/loop/checkpoint.hpp"
#include "train/switchable/initialise.hpp"
#include "train/switchable/release.hpp"

namespace weir::train {
namespace {

using testing::HasSubstr;

constexpr int kSide = 64;

/// Three convolutions; "seam" lies after the first, 8 channels at half the size.
OnnxModel tiny_network() {
  GraphBuilder graph("tiny", 5);
  graph.input("image", {1, 3, kSide, kSide});
  std::string x = graph.conv("first", "image", 8, {.stride = 2, .bias = true});
  x = graph.relu("seam", x);
  x = graph.conv("second", x, 8, {.stride = 2, .bias = true});
  x = graph.relu("second.relu", x);
  const std::vector<std::string> outputs{graph.conv("map", x, 4, {.bias = true})};
  return graph.finish(outputs);
}

/// Smooth pictures of a few rectangles.
FramePool tiny_pool() {
  FramePool pool;
  Random random(3);
  for (int i = 0; i < 6; ++i) {
    cv::Mat image(96, 128, CV_8UC3, cv::Scalar(90, 120, 150));
    for (int r = 0; r < 5; ++r) {
      const auto at = [&](int most) { return static_cast<int>(random.below(static_cast<std::uint64_t>(most))); };
      const cv::Rect place(at(90), at(60), 8 + at(30), 8 + at(28));
      image(place).setTo(cv::Scalar(at(255), at(255), at(255)));
    }
    pool.frames.push_back({"frame", image, {}, {}, false});
  }
  pool.sources.push_back({"drawn", 0, pool.frames.size(), 1});
  return pool;
}

SwitchableOptions tiny_options(const std::string& name) {
  SwitchableOptions options;
  options.program.out = std::filesystem::path(testing::TempDir()) / ("weir_switchable_" + name);
  std::filesystem::remove_all(options.program.out);
  std::filesystem::create_directories(options.program.out);
  options.program.threads = 1;
  options.seam = "seam";
  options.shape = {.channels = 6, .encoder = 8, .decoder = 8};
  options.rungs = {{6, 6, 12}, {4, 5, 6}, {3, 4, 4}, {2, 4, 2}};
  options.crew.batch = 4;
  options.crew.divide = 255;
  options.crew.augment.width = options.crew.augment.height = kSide;
  options.crew.augment.mosaic = options.crew.augment.paste = 0;
  options.steps = 12;
  options.rate = 2e-3;
  options.checkpoint_every = 0;
  return options;
}

struct Ready {
  SwitchableGraphs graphs;
  std::unique_ptr<SwitchCrew> crew;
};

/// A crew with its start set, on `pool`.
Ready ready_crew(const SwitchableOptions& options, const FramePool& pool, bool linear = true) {
  const OnnxModel network = tiny_network();
  auto graphs = make_graphs(network, options.seam, options.shape, 1);
  EXPECT_TRUE(graphs) << graphs.error().text;
  auto crew =
      SwitchCrew::create(*graphs, options.rungs, Distiller(OutputKind::plain, network.outputs), pool, options.crew);
  EXPECT_TRUE(crew) << crew.error().text;
  const auto start = initialise(**crew, {.linear = linear, .batches = 2});
  EXPECT_TRUE(start) << start.error().text;
  return {std::move(*graphs), std::move(*crew)};
}

TEST(Switchable, LearnsFromRandomWeights) {
  SwitchableOptions options = tiny_options("learns");
  options.initialisation = false;
  options.steps = 60;
  options.rate = 5e-3;
  std::ostringstream quiet;
  const auto trained = train_switchable(options, tiny_network(), tiny_pool(), nullptr, quiet);
  ASSERT_TRUE(trained) << trained.error().text;
  const auto& loss = trained->end.curves.at("loss");
  double before = 0, after = 0;
  for (std::size_t i = 0; i < 5; ++i) before += loss[i].y, after += loss[loss.size() - 1 - i].y;
  EXPECT_LT(after, 0.9 * before);
}

TEST(Switchable, ResumesExactly) {
  SwitchableOptions options = tiny_options("resume");
  options.checkpoint_every = 6;
  std::ostringstream quiet;
  const auto whole = train_switchable(options, tiny_network(), tiny_pool(), nullptr, quiet);
  ASSERT_TRUE(whole) << whole.error().text;
  options.program.resume = options.program.out / "switchable.ckpt.previous";
  const auto resumed = train_switchable(options, tiny_network(), tiny_pool(), nullptr, quiet);
  ASSERT_TRUE(resumed) << resumed.error().text;
  EXPECT_EQ(encode_onnx(whole->models.head), encode_onnx(resumed->models.head));
  EXPECT_EQ(encode_onnx(whole->models.tail), encode_onnx(resumed->models.tail));
  EXPECT_EQ(format_setups(whole->models.setups), format_setups(resumed->models.setups));
  options.rungs[1].rate = 5;
  const auto other = train_switchable(options, tiny_network(), tiny_pool(), nullptr, quiet);
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().text, HasSubstr("setups"));
}

TEST(Switchable, BeginsWithTheWeightsOfAnother) {
  SwitchableOptions options = tiny_options("first");
  std::ostringstream quiet;
  const auto first = train_switchable(options, tiny_network(), tiny_pool(), nullptr, quiet);
  ASSERT_TRUE(first) << first.error().text;
  options.start = options.program.out / "switchable.ckpt";
  options.program.out = tiny_options("second").program.out;
  options.steps = 1;
  options.rate = 0;
  const auto second = train_switchable(options, tiny_network(), tiny_pool(), nullptr, quiet);
  ASSERT_TRUE(second) << second.error().text;
  EXPECT_EQ(encode_onnx(second->models.head), encode_onnx(first->models.head));
  EXPECT_EQ(format_setups(second->models.setups), format_setups(first->models.setups));
  ++options.shape.decoder;
  const auto wider = train_switchable(options, tiny_network(), tiny_pool(), nullptr, quiet);
  ASSERT_FALSE(wider);
  EXPECT_THAT(wider.error().text, HasSubstr("switchable.ckpt: "));
}

TEST(Switchable, SetupsBeginAsTheirNearest) {
  SwitchableOptions options = tiny_options("setups_first");
  std::ostringstream quiet;
  const auto first = train_switchable(options, tiny_network(), tiny_pool(), nullptr, quiet);
  ASSERT_TRUE(first) << first.error().text;
  options.start = options.program.out / "switchable.ckpt";
  options.program.out = tiny_options("setups_second").program.out;
  options.steps = 1;
  options.rate = 0;
  options.rungs.insert(options.rungs.begin(), options.rungs.front());
  options.rungs.front().rate *= 1.2;
  const auto more = train_switchable(options, tiny_network(), tiny_pool(), nullptr, quiet);
  ASSERT_TRUE(more) << more.error().text;
  const auto& had = first->models.setups.setups;
  const auto& has = more->models.setups.setups;
  ASSERT_EQ(has.size(), had.size() + 1);
  EXPECT_EQ(has[0].step, had[0].step);
  for (std::size_t u = 0; u < had.size(); ++u) EXPECT_EQ(has[u + 1].step, had[u].step) << u;
}

TEST(Switchable, AimsAtOtherRatesThanTheCheckpointItBeginsWith) {
  SwitchableOptions options = tiny_options("rates_first");
  std::ostringstream quiet;
  ASSERT_TRUE(train_switchable(options, tiny_network(), tiny_pool(), nullptr, quiet));
  options.start = options.program.out / "switchable.ckpt";
  options.program.out = tiny_options("rates_second").program.out;
  options.steps = 1;
  options.rate = 0;
  options.rungs[1].rate = 3;  // half as much
  ASSERT_TRUE(train_switchable(options, tiny_network(), tiny_pool(), nullptr, quiet));
  const auto rates = [](const std::filesystem::path& file) {
    const auto checkpoint = load_checkpoint(file);
    const auto found = std::ranges::find(checkpoint->tensors, "net/state/rate", &NamedTensors::value_type::first);
    return found->second.clone();
  };
  const auto before = rates(options.start), after = rates(options.program.out / "switchable.ckpt");
  EXPECT_FLOAT_EQ(after[1].item<float>(), before[1].item<float>() / 2);
  EXPECT_FLOAT_EQ(after[0].item<float>(), before[0].item<float>());
}

TEST(Switchable, LayersThatACheckpointLacksBeginAnew) {
  SwitchableOptions options = tiny_options("layers_first");
  std::ostringstream quiet;
  ASSERT_TRUE(train_switchable(options, tiny_network(), tiny_pool(), nullptr, quiet));
  auto checkpoint = load_checkpoint(options.program.out / "switchable.ckpt");
  ASSERT_TRUE(checkpoint);
  ASSERT_GT(std::erase_if(checkpoint->tensors,
                          [](const auto& tensor) { return tensor.first.find("gate") != std::string::npos; }),
            0U);
  options.start = options.program.out / "older.ckpt";
  ASSERT_TRUE(save_checkpoint(*checkpoint, options.start));
  options.program.out = tiny_options("layers_second").program.out;
  std::ostringstream messages;
  ASSERT_TRUE(train_switchable(options, tiny_network(), tiny_pool(), nullptr, messages));
  EXPECT_THAT(messages.str(), HasSubstr("8 tensors begin anew"));
  checkpoint->tensors.clear();
  ASSERT_TRUE(save_checkpoint(*checkpoint, options.start));
  const auto other = train_switchable(options, tiny_network(), tiny_pool(), nullptr, quiet);
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().text, HasSubstr("another program"));
}

TEST(Switchable, StopsWhenTheLossIsNoNumber) {
  SwitchableOptions options = tiny_options("diverges");
  options.rate = 1e30;
  options.checkpoint_every = 1;
  std::ostringstream quiet;
  const auto trained = train_switchable(options, tiny_network(), tiny_pool(), nullptr, quiet);
  ASSERT_FALSE(trained);
  EXPECT_THAT(trained.error().text, HasSubstr("step"));
  EXPECT_THAT(trained.error().text, HasSubstr("switchable.ckpt"));
}

TEST(Switchable, FilesAnswerAsLibtorchDoesInTwoSetups) {
  const SwitchableOptions options = tiny_options("export");
  const FramePool pool = tiny_pool();
  Ready ready = ready_crew(options, pool);
  SwitchMember& member = ready.crew->first();
  const torch::NoGradGuard no_grad;
  member.setups.scale.mul_(torch::rand_like(member.setups.scale) + 0.5);
  member.setups.bias.add_(torch::rand_like(member.setups.bias));
  for (const auto& [name, tensor] : member.decoder.parameters()) torch::Tensor(tensor).add_(0.01);
  const auto models = to_models(tiny_network(), "seam", ready.graphs.network, member, options.rungs);
  ASSERT_TRUE(models) << models.error().text;
  auto session =
      SwitchableSession::create(encode_onnx(models->head), encode_onnx(models->tail), models->setups, kSide, kSide, {});
  ASSERT_TRUE(session) << session.error().text;
  const torch::Tensor image = ready.crew->crops(member, 1, 0).slice(0, 0, 1).contiguous();
  const TensorView view{DType::f32, {1, 3, kSide, kSide}, image.data_ptr()};
  for (const std::size_t u : {std::size_t{0}, std::size_t{2}}) {
    const SwitchableSetup& setup = models->setups.setups[u];
    const auto bottleneck = session->encode(view);
    ASSERT_TRUE(bottleneck) << bottleneck.error().text;
    std::vector<std::int32_t> symbols;
    quantise(bottleneck->as<float>(), setup, symbols);
    Tensor received(DType::f32, bottleneck->shape);
    dequantise(symbols, setup, received.as<float>());
    const auto answered = session->decode(setup, received.view());
    ASSERT_TRUE(answered) << answered.error().text;

    const auto seam = member.head.forward({image});
    const auto values = member.encoder.forward(*seam);
    const torch::Tensor index = torch::tensor({static_cast<std::int64_t>(u)});
    const Coded coded = code((*values)[0], index, options.rungs, member.setups, {});
    const auto row = [&](const torch::Tensor& table) { return table.index_select(0, index).view({1, -1, 1, 1}); };
    const auto decoded = member.decoder.forward({coded.received, row(member.setups.scale), row(member.setups.bias)});
    const auto wanted = member.tail.forward(*decoded);
    ASSERT_TRUE(wanted) << wanted.error().text;
    const torch::Tensor flat = (*wanted)[0].contiguous();
    const auto found = (*answered)[0].as<float>();
    ASSERT_EQ(static_cast<std::int64_t>(found.size()), flat.numel());
    const auto* expected = flat.data_ptr<float>();
    for (std::size_t i = 0; i < found.size(); ++i) ASSERT_NEAR(found[i], expected[i], 1e-4) << u << " " << i;
  }
}

TEST(Switchable, LinearStartKeepsTheSeamAtFineSteps) {
  SwitchableOptions options = tiny_options("linear");
  options.shape.channels = 8;
  options.rungs = {{8, 8, 40}, {2, 4, 1}};
  const FramePool pool = tiny_pool();
  Ready ready = ready_crew(options, pool);
  const auto seen = ready.crew->look(ready.crew->first(), ready.crew->crops(ready.crew->first(), 1, 0));
  const torch::NoGradGuard no_grad;
  const auto results = ready.crew->run(ready.crew->first(), *seen, {{0, 0}, {0, 1}}, 1);
  ASSERT_TRUE(results) << results.error().text;
  EXPECT_LT(results->distance[0].item<double>(), 0.02);
  EXPECT_GT(results->distance[1].item<double>(), 0.02);
  EXPECT_GT(results->counted[0].item<double>(), 4 * results->counted[1].item<double>());
}

TEST(Switchable, SetupsOfFewerChannelsIgnoreTheRest) {
  const SetupTensors setups = make_setups(2, 4, 3);
  const std::vector<Rung> rungs{{4, 6, 8}, {2, 5, 2}};
  const torch::Tensor values = torch::randn({1, 4, 5, 6}) * 3;
  torch::Tensor others = values.clone();
  others.slice(1, 2).add_(7);
  const torch::Tensor rich = torch::tensor({std::int64_t{0}}), poor = torch::tensor({std::int64_t{1}});
  const Coded a = code(values, poor, rungs, setups, {}), b = code(others, poor, rungs, setups, {});
  EXPECT_TRUE(a.received.equal(b.received));
  EXPECT_TRUE(a.counted.equal(b.counted));
  EXPECT_EQ(a.received.slice(1, 2).abs().max().item<float>(), 0);
  EXPECT_TRUE(a.received.slice(1, 0, 2).equal(values.slice(1, 0, 2).round()));
  EXPECT_FALSE(code(values, rich, rungs, setups, {}).received.equal(code(others, rich, rungs, setups, {}).received));
}

TEST(Switchable, GradientPassesTheRounding) {
  const SetupTensors setups = make_setups(2, 2, 3);
  torch::Tensor values = (torch::randn({1, 2, 3, 3}) * 2).set_requires_grad(true);
  const Coded coded = code(values, torch::tensor({std::int64_t{0}}), {{2, 8, 4}, {1, 8, 1}}, setups, {});
  coded.received.sum().backward();
  EXPECT_TRUE(values.grad().allclose(torch::ones_like(values)));
}

TEST(Switchable, StepsFollowTheRate) {
  torch::manual_seed(1);
  const torch::Tensor values = torch::randn({2, 4, 16, 16});
  const double fine = step_for_rate(values, {4, 8, 12}), coarse = step_for_rate(values, {4, 8, 3});
  EXPECT_GT(coarse, 2 * fine);
}

TEST(SwitchableInput, UnknownSeamNamesTheNearest) {
  SwitchableOptions options = tiny_options("seam");
  options.seam = "seem";
  std::ostringstream quiet;
  const auto trained = train_switchable(options, tiny_network(), tiny_pool(), nullptr, quiet);
  ASSERT_FALSE(trained);
  EXPECT_EQ(trained.error().code, Code::not_found);
  EXPECT_THAT(trained.error().text, HasSubstr("\"seem\""));
  EXPECT_THAT(trained.error().text, HasSubstr("named most like it: \"seam\""));
}

TEST(SwitchableInput, UnsupportedOperatorIsNamedWithItsNode) {
  OnnxModel network = tiny_network();
  for (OnnxNode& node : network.nodes) {
    if (node.name == "second.relu") node.op = "Mish";
  }
  std::ostringstream quiet;
  const auto trained = train_switchable(tiny_options("operator"), network, tiny_pool(), nullptr, quiet);
  ASSERT_FALSE(trained);
  EXPECT_THAT(trained.error().text, HasSubstr("second.relu"));
  EXPECT_THAT(trained.error().text, HasSubstr("Mish"));
}

TEST(SwitchableInput, FramesThatAreNotThere) {
  const std::filesystem::path empty = std::filesystem::path(testing::TempDir()) / "weir_switchable_empty";
  std::filesystem::create_directories(empty);
  const auto none = read_frames({empty.string()});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Code::not_found);
  EXPECT_THAT(none.error().text, HasSubstr(empty.string()));
  EXPECT_EQ(read_frames({}).error().code, Code::invalid);
  EXPECT_EQ(read_frames({empty.string() + ":5-2"}).error().code, Code::invalid);
  EXPECT_EQ(read_frames({empty.string() + "@0"}).error().code, Code::invalid);
}

TEST(SwitchableInput, LaddersThatCannotBe) {
  EXPECT_EQ(format_rungs(*parse_rungs("24x6:40,8x4:5.5", 24)), "24x6:40,8x4:5.5");
  for (const char* text : {"", "24x6:40", "24x6:40,25x4:5", "24x6:40,8x9:5", "24x6:40,8x4:0", "8x4:5,24x6:40", "24"}) {
    EXPECT_FALSE(parse_rungs(text, 24)) << text;
  }
}

TEST(SwitchableLadder, CutsAtTheWidestGaps) {
  EXPECT_EQ(cut_at_gaps({5, 1, 1.1, 9, 5.2}, 3), (std::vector<int>{1, 0, 0, 2, 1}));
  EXPECT_EQ(cut_at_gaps({2, 2}, 3).size(), 2U);
}

TEST(Distillation, IsNothingForTheSameBoxesAndGrowsWithConfidence) {
  torch::manual_seed(2);
  torch::Tensor expected = torch::rand({2, 5, 8}) * 0.01;
  expected.index_put_({1, 3, 4}, 0.9).index_put_({1, 3, 5}, 0.8);
  const Distiller distiller(OutputKind::yolox, {});
  EXPECT_LT(distiller.distance({expected}, {expected}).abs().max().item<float>(), 1e-5);
  torch::Tensor moved = expected.clone();
  moved.select(2, 0).add_(0.5);
  const torch::Tensor distance = distiller.distance({expected}, {moved});
  EXPECT_LT(distance[0].item<float>(), 1e-5);  // sees nothing: where its boxes lie does not matter
  EXPECT_GT(distance[1].item<float>(), 0.1);
}

}  // namespace
}  // namespace weir::train
