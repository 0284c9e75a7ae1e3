// SPDX-License-Identifier: Apache-2.0
// The shipped detector with a switchable bottleneck, as head and tail stages run it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "elastic/switchable/session.hpp"
#include "elastic/switchable/setup_tables.hpp"
#include "kernels/scene/road_scene.hpp"
#include "pipeline/harness.hpp"
#include "pipeline/payloads.hpp"
#include "stages/control/seam_calibration.hpp"
#include "stages/infer/head_stream.hpp"
#include "stages/infer/tail_stream.hpp"
#include "stages/register.hpp"
#include "tests/app/program.hpp"
#include "tests/support/switchable_pair.hpp"

namespace weir {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr int kWidth = 640, kHeight = 192;
constexpr std::size_t kFrames = 8, kSetups = 4;
const std::string kModel = std::string(WEIR_SOURCE_DIR) + "/models/weir_nano.onnx";
const std::string kSeam = "stage2.1";

/// What all tests look at and none changes: frames, a pair of files, and tables made for it.
struct Drawn {
  std::vector<Frame> frames{kFrames};
  test::TempFolder folder;
  std::string pair = folder.file("nano");
  SplitSettings settings{kModel, {}, "640x192", pair};
  std::shared_ptr<const CodeTables> tables;
  std::string tables_file;

  Drawn() {
    RoadScene scene({.width = kWidth, .height = kHeight, .seed = 11});
    std::vector<ImageView> views;
    for (std::uint64_t i = 0; i < kFrames; ++i) {
      scene.render(i, frames[i].allocate(kWidth, kHeight, PixelFormat::bgr8), frames[i].truth);
      views.push_back(frames[i].image);
    }
    test::write_switchable_pair(kModel, kSeam, pair);
    tables = calibrated(settings, views);
    tables_file = write("tables.bin", *tables);
  }

  static std::shared_ptr<const CodeTables> calibrated(const SplitSettings& settings,
                                                      const std::vector<ImageView>& views) {
    auto split = load_split_detector(settings);
    EXPECT_TRUE(split) << split.error().text;
    split->options.class_map = {0, 1, 2, 3};
    const auto head = HeadNetwork::load(*split, {}, nullptr);
    const auto stream = HeadStream::create(**head, 0);
    const auto tail = TailNetwork::load(*split, {}, nullptr);
    EXPECT_TRUE(tail) << tail.error().text;
    auto made = calibrate_seam(views, **stream, **tail);
    EXPECT_TRUE(made) << made.error().text;
    return *made;
  }

  std::string write(const std::string& name, const CodeTables& tables_of_it) const {
    return folder.write(name, std::string(tables_of_it.bytes().begin(), tables_of_it.bytes().end()));
  }
};

const Drawn& drawn() {
  static const Drawn made;
  return made;
}

/// The boxes of a frame in a setup, without stages and codec.
class Direct {
 public:
  Direct() : split_(*load_split_detector(drawn().settings)) {
    split_.options.class_map = {0, 1, 2, 3};
    network_ = *TailNetwork::load(split_, {}, nullptr);
    worker_ = *DetectorWorker::create(network_->whole());
    session_ = std::make_unique<SwitchableSession>(*SwitchableSession::create(
        encode_onnx(split_.pieces.head), encode_onnx(split_.pieces.tail), *split_.setups, kWidth, kHeight, {}));
  }

  std::vector<Detection> boxes(const Frame& frame, std::size_t index) {
    const SwitchableSetup& setup = split_.setups->setups[index];
    auto plan = *PreprocessPlan::create(preprocess_options(split_.options));
    Tensor image(DType::f32, {1, 3, kHeight, kWidth});
    EXPECT_TRUE(plan.run(frame.image, image.as<float>()));
    const TensorView bottleneck = *session_->encode(image.view());
    std::vector<std::int32_t> symbols;
    quantise(bottleneck.as<float>(), setup, symbols);
    Tensor received(DType::f32, bottleneck.shape);
    dequantise(symbols, setup, received.as<float>());
    BoxReader reader(network_->whole().options(), network_->whole().sigmoid());
    std::vector<Detection> found;
    EXPECT_TRUE(
        reader.read(*session_->decode(setup, received.view()), {kWidth, kHeight, {}}, {kWidth, kHeight}, found));
    worker_->suppress(found, {.iou = 0.5F, .keep = 300});
    return found;
  }

 private:
  SplitDetector split_;
  std::unique_ptr<TailNetwork> network_;
  std::unique_ptr<DetectorWorker> worker_;
  std::unique_ptr<SwitchableSession> session_;
};

class SwitchableSplit : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(register_infer_stages(registry_)); }

  static std::map<std::string, std::string> params(std::map<std::string, std::string> more = {}) {
    more.insert({{"model", kModel}, {"switchable", drawn().pair}, {"size", "640x192"}});
    return more;
  }
  static std::map<std::string, std::string> with_tables() { return params({{"tables", drawn().tables_file}}); }

  /// The bytes that cross for a frame at a level; empty where the head refuses.
  static std::vector<std::uint8_t> code_of(StageHarness& head, const Frame& frame, std::int32_t level) {
    head.feed("frame", Frame(frame));
    head.feed("setup", weir::Setup{.rung = level, .kind = RungKind::features, .level = level});
    if (!head.run()) return {};
    const auto bytes = head.output<CodedFrame>("code")->bytes;
    return {bytes.begin(), bytes.end()};
  }

  static Status feed(StageHarness& tail, std::vector<std::uint8_t> bytes) {
    CodedFrame code;
    code.rung = 0;
    code.frame_width = code.width = kWidth;
    code.frame_height = code.height = kHeight;
    code.fill([&](std::vector<std::uint8_t>& own) {
      own = std::move(bytes);
      return true;
    });
    tail.feed("code", std::move(code));
    return tail.run();
  }

  static std::string error_of(const Status& status) { return status ? "none" : status.error().text; }

  Registry registry_;
  const test::TempFolder folder_;
};

TEST_F(SwitchableSplit, EveryFrameIsAnsweredInTheSetupOfItsMessage) {
  StageHarness head(registry_, "infer.head", with_tables());
  StageHarness tail(registry_, "infer.tail", with_tables());
  ASSERT_TRUE(head.open());
  ASSERT_TRUE(tail.open());
  Direct direct;
  std::size_t found = 0, different = 0;
  for (std::size_t i = 0; i < 2 * kFrames; ++i) {
    const Frame& frame = drawn().frames[i % kFrames];
    const std::size_t setup = i % kSetups;
    ASSERT_TRUE(feed(tail, code_of(head, frame, static_cast<std::int32_t>(setup))));
    const auto& boxes = tail.output<Detections>("detections")->items;
    const std::vector<Detection> expected = direct.boxes(frame, setup);
    ASSERT_EQ(boxes.size(), expected.size()) << "frame " << i;
    for (std::size_t b = 0; b < boxes.size(); ++b) {
      EXPECT_EQ(boxes[b].score, expected[b].score);
      EXPECT_EQ(boxes[b].box.left, expected[b].box.left);
    }
    found += boxes.size();
    const std::vector<Detection> other = direct.boxes(frame, (setup + 1) % kSetups);
    different += other.empty() || boxes.empty() || other[0].score != boxes[0].score ? 1 : 0;
  }
  EXPECT_GT(found, 20U);
  EXPECT_GT(different, kFrames) << "setups differ in what the tail is told";
}

TEST_F(SwitchableSplit, ATensorRefersToOneOfAnotherSetupOnlyWhereThatWasAnswered) {
  const SplitDetector split = *load_split_detector(drawn().settings);
  const auto network = *HeadNetwork::load(split, {}, drawn().tables);
  const auto head = *HeadStream::create(*network, 0);
  LinkMonitor link;
  FeatureDecoder decoder(drawn().tables);
  Tensor tensor;
  const auto key = [&](std::uint64_t frame, std::int32_t level) {
    CodedFrame code;
    head->learn(link);
    EXPECT_TRUE(head->encode({drawn().frames[frame].image, frame},
                             {.rung = level, .kind = RungKind::features, .level = level}, code));
    link.asked(0, frame, code.bytes.size(), TimePoint{});
    const auto decoded = decoder.decode(code.bytes, tensor);
    EXPECT_TRUE(decoded) << decoded.error().text;
    EXPECT_EQ(decoded->rung, static_cast<std::size_t>(level));
    return decoded->key;
  };
  EXPECT_TRUE(key(0, 0));
  EXPECT_TRUE(key(1, 2)) << "the first is not known to have arrived";
  link.ended(0, 1, {.end = ExchangeEnd::answered, .worker = 0}, TimePoint{});
  EXPECT_FALSE(key(2, 3)) << "a coarser setup refers to a finer one";
  EXPECT_FALSE(key(3, 0));
  link.ended(0, 2, {.end = ExchangeEnd::lost}, TimePoint{});
  EXPECT_TRUE(key(4, 1));
}

TEST_F(SwitchableSplit, WhatDoesNotFitCostsThatFrameAlone) {
  StageHarness head(registry_, "infer.head", with_tables());
  StageHarness tail(registry_, "infer.tail", with_tables());
  ASSERT_TRUE(head.open());
  ASSERT_TRUE(tail.open());
  const auto good = code_of(head, drawn().frames[0], 1);
  ASSERT_FALSE(good.empty());
  EXPECT_TRUE(code_of(head, drawn().frames[1], 99).empty()) << "no such rung";
  EXPECT_FALSE(code_of(head, drawn().frames[2], 2).empty());

  constexpr std::size_t kRungAt = 5;  // docs/codec.md
  auto damaged = good;
  damaged[kRungAt] = 2;
  EXPECT_THAT(error_of(feed(tail, damaged)), HasSubstr("header"));
  CodeTables::Parts parts = drawn().tables->parts();
  parts.means[0] = 1;
  FeatureEncoder other(*CodeTables::create(parts));
  const Tensor tensor(DType::f32, {1, 48, 24, 80});
  const auto strange = *other.encode(tensor.view(), 0, 0);
  EXPECT_THAT(error_of(feed(tail, {strange.begin(), strange.end()})), HasSubstr("same table file"));
  parts.model_hash += 1;
  FeatureEncoder foreign(*CodeTables::create(parts));
  const auto unknown = *foreign.encode(tensor.view(), 0, 0);
  EXPECT_THAT(error_of(feed(tail, {unknown.begin(), unknown.end()})), HasSubstr("same model"));
  EXPECT_TRUE(feed(tail, good)) << "the next frame is answered";
}

TEST_F(SwitchableSplit, APictureIsStillAnsweredByTheWholeNetwork) {
  StageHarness head(registry_, "infer.head", params({{"kind", "raw"}}));
  StageHarness tail(registry_, "infer.tail", params());
  StageHarness detector(registry_, "infer.detector", {{"model", kModel}, {"size", "640x192"}});
  ASSERT_TRUE(head.open());
  ASSERT_TRUE(tail.open());
  ASSERT_TRUE(detector.open());
  head.feed("frame", Frame(drawn().frames[0]));
  detector.feed("frame", Frame(drawn().frames[0]));
  ASSERT_TRUE(head.run());
  ASSERT_TRUE(detector.run());
  const CodedFrame& code = *head.output<CodedFrame>("code");
  tail.feed("code", CodedFrame(code));
  ASSERT_TRUE(tail.run());
  EXPECT_EQ(tail.output<Detections>("detections")->items.size(),
            detector.output<Detections>("detections")->items.size());
}

TEST_F(SwitchableSplit, FilesMustBelongTogether) {
  const std::string own = folder_.file("own");
  const SwitchableSetups setups = *load_setups(drawn().pair + "_setups.json");
  const auto rewritten = [&](auto change) {
    test::write_switchable_pair(kModel, kSeam, own);
    SwitchableSetups changed = setups;
    change(changed);
    EXPECT_TRUE(save_setups(changed, own + "_setups.json"));
    return own;
  };
  for (const char* stage : {"infer.head", "infer.tail"}) {
    const auto refusal = [&](std::map<std::string, std::string> given) {
      StageHarness harness(registry_, stage, params(std::move(given)));
      return error_of(harness.open());
    };
    EXPECT_THAT(refusal({{"switchable", folder_.file("none")}}),
                AllOf(HasSubstr("none_setups.json"), HasSubstr("NAME")));
    EXPECT_THAT(refusal({{"seam", "[stem]"}}), AllOf(HasSubstr("\"stem\""), HasSubstr("\"stage2.1\"")));
    EXPECT_EQ(refusal({{"seam", "[stage2.1]"}}), "none");
    EXPECT_THAT(refusal({{"switchable", rewritten([](auto& all) { all.network = std::string(64, 'a'); })}}),
                AllOf(HasSubstr("another network"), HasSubstr("--network")));
    const auto narrower = [](SwitchableSetups& all) {
      all.channels = 20;
      all.setups.resize(1);
      all.setups[0].channels = 20;
      all.setups[0].step.resize(20);
    };
    EXPECT_THAT(refusal({{"switchable", rewritten(narrower)}}), AllOf(HasSubstr("1x48x24x80"), HasSubstr("1x20xHxW")));
    const auto shorter = [](SwitchableSetups& all) {
      for (SwitchableSetup& setup : all.setups) setup.scale.pop_back(), setup.bias.pop_back();
    };
    EXPECT_THAT(refusal({{"switchable", rewritten(shorter)}}), HasSubstr("of 47"));
    const auto finer = [](SwitchableSetups& all) { all.setups[0].step[3] = 0.1F; };
    EXPECT_THAT(refusal({{"switchable", rewritten(finer)}, {"tables", drawn().tables_file}}),
                AllOf(HasSubstr("another pair or setups"), HasSubstr("pipeline profile")));
    rewritten([](auto&) {});
    std::filesystem::remove(own + "_tail.onnx");
    EXPECT_THAT(refusal({{"switchable", own}}), HasSubstr("own_tail.onnx"));
    StageHarness plain(registry_, stage, {{"model", kModel}, {"seam", "[stage2.1]"}, {"tables", drawn().tables_file}});
    EXPECT_THAT(error_of(plain.open()), HasSubstr("another network or seam"));
  }
}

TEST_F(SwitchableSplit, TablesMustHaveTheSetups) {
  const SplitDetector split = *load_split_detector(drawn().settings);
  CodeTables::Parts parts = drawn().tables->parts();
  std::swap(parts.rungs[0], parts.rungs[1]);
  const std::string swapped = drawn().write("swapped.bin", **CodeTables::create(parts));
  EXPECT_THAT(load_tables(swapped, split).error().text, AllOf(HasSubstr("swapped.bin"), HasSubstr("setup \"48x8\"")));
  EXPECT_TRUE(load_tables(drawn().tables_file, split));
  EXPECT_NE(pair_hash(split, drawn().tables.get()),
            pair_hash(*load_split_detector({kModel, {kSeam}, "640x192"}), drawn().tables.get()));
}

}  // namespace
}  // namespace weir
