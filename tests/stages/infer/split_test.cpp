// SPDX-License-Identifier: Apache-2.0
// The shipped detector, cut in two, on drawn frames: what crosses, what is found, and what happens to damaged codes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>

#include "kernels/eval/agreement.hpp"
#include "kernels/scene/road_scene.hpp"
#include "pipeline/harness.hpp"
#include "pipeline/payloads.hpp"
#include "stages/control/ladder_file.hpp"
#include "stages/control/seam_calibration.hpp"
#include "stages/infer/head_stream.hpp"
#include "stages/infer/tail_stream.hpp"
#include "stages/register.hpp"
#include "tests/app/program.hpp"

namespace weir {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr int kWidth = 640, kHeight = 192;
constexpr int kFrames = 8;
const std::string kModel = std::string(WEIR_SOURCE_DIR) + "/models/weir_nano.onnx";
const SplitSettings kNetwork{kModel, {"stage2.1"}, "640x192"};

const std::vector<Frame>& frames() {
  static const std::vector<Frame> drawn = [] {
    RoadScene scene({.width = kWidth, .height = kHeight, .seed = 11});
    std::vector<Frame> all(kFrames);
    for (std::uint64_t i = 0; i < all.size(); ++i)
      scene.render(i, all[i].allocate(kWidth, kHeight, PixelFormat::bgr8), all[i].truth);
    return all;
  }();
  return drawn;
}

SplitDetector load(const SplitSettings& settings = kNetwork) {
  auto split = load_split_detector(settings);
  EXPECT_TRUE(split) << split.error().text;
  split->options.class_map = {0, 1, 2, 3};
  return std::move(*split);
}

/// Tables for the seam, made from the frames themselves.
std::shared_ptr<const CodeTables> tables() {
  static const auto made = [] {
    const SplitDetector split = load();
    const auto head = HeadNetwork::load(split, {}, nullptr);
    const auto stream = HeadStream::create(**head, 0);
    const auto tail = TailNetwork::load(load(), {}, nullptr);
    std::vector<ImageView> views;
    for (const Frame& frame : frames()) views.push_back(frame.image);
    auto calibrated = calibrate_seam(views, **stream, **tail);
    EXPECT_TRUE(calibrated) << calibrated.error().text;
    return *calibrated;
  }();
  return made;
}

std::string write_tables(const test::TempFolder& folder) {
  const auto& bytes = tables()->bytes();
  return folder.write("tables.bin", std::string(bytes.begin(), bytes.end()));
}

class Split : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(register_infer_stages(registry_)); }

  std::map<std::string, std::string> params(std::map<std::string, std::string> more = {}) const {
    more.insert({{"model", kModel}, {"seam", "[stage2.1]"}, {"size", "640x192"}});
    return more;
  }

  /// What crosses for a frame.
  Packet code_of(StageHarness& head, const Frame& frame) {
    head.feed("frame", Frame(frame));
    const Status status = head.run();
    EXPECT_TRUE(status) << status.error().text;
    return head.output("code");
  }

  static CodedFrame copy_of(const CodedFrame& code, std::vector<std::uint8_t> bytes) {
    CodedFrame copy;
    copy.rung = code.rung, copy.kind = code.kind;
    copy.frame_width = code.frame_width, copy.frame_height = code.frame_height;
    copy.width = code.width, copy.height = code.height;
    copy.fill([&](std::vector<std::uint8_t>& own) {
      own = std::move(bytes);
      return true;
    });
    return copy;
  }

  Status feed(StageHarness& tail, const Packet& code) {
    const CodedFrame& from = *code.get<CodedFrame>();
    tail.feed("code", copy_of(from, {from.bytes.begin(), from.bytes.end()}));
    return tail.run();
  }

  std::vector<Detection> whole(const Frame& frame) {
    StageHarness detector(registry_, "infer.detector", {{"model", kModel}, {"size", "640x192"}});
    EXPECT_TRUE(detector.open());
    detector.feed("frame", Frame(frame));
    EXPECT_TRUE(detector.run());
    return detector.output<Detections>("detections")->items;
  }

  Registry registry_;
  const test::TempFolder folder_;
};

TEST_F(Split, ARawPictureIsAnsweredAsByTheWholeNetwork) {
  StageHarness head(registry_, "infer.head", params({{"kind", "raw"}}));
  StageHarness tail(registry_, "infer.tail", params());
  ASSERT_TRUE(head.open());
  ASSERT_TRUE(tail.open());
  ASSERT_TRUE(feed(tail, code_of(head, frames()[0])));
  const auto& found = tail.output<Detections>("detections")->items;
  const std::vector<Detection> expected = whole(frames()[0]);
  ASSERT_FALSE(expected.empty());
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].score, expected[i].score);
    EXPECT_FLOAT_EQ(found[i].box.left, expected[i].box.left);
  }
}

TEST_F(Split, FeaturesTakeAFractionOfThePictureAndAgree) {
  const std::string file = write_tables(folder_);
  StageHarness head(registry_, "infer.head", params({{"tables", file}, {"level", "2"}}));
  StageHarness tail(registry_, "infer.tail", params({{"tables", file}}));
  ASSERT_TRUE(head.open());
  ASSERT_TRUE(tail.open());
  std::vector<AgreementFrame> pairs;
  for (const Frame& frame : frames()) {
    const Packet code = code_of(head, frame);
    EXPECT_LT(code.get<CodedFrame>()->bytes.size(), kWidth * kHeight * 3U / 8U);
    ASSERT_TRUE(feed(tail, code));
    pairs.push_back({whole(frame), tail.output<Detections>("detections")->items});
  }
  const AgreementScore score = agreement(pairs);
  EXPECT_GT(score.expected, 5U);
  EXPECT_GT(score.average_precision, 0.9);
}

TEST_F(Split, FeaturesInLz4NeedNoTablesAndAgree) {
  StageHarness head(registry_, "infer.head", params({{"kind", "lz4"}}));
  StageHarness tail(registry_, "infer.tail", params());
  ASSERT_TRUE(head.open());
  ASSERT_TRUE(tail.open());
  std::vector<AgreementFrame> pairs;
  for (const Frame& frame : frames()) {
    const Packet code = code_of(head, frame);
    EXPECT_EQ(code.get<CodedFrame>()->kind, RungKind::lz4);
    EXPECT_LT(code.get<CodedFrame>()->bytes.size(), 48U * 24 * 80) << "LZ4 saves nothing";
    ASSERT_TRUE(feed(tail, code));
    pairs.push_back({whole(frame), tail.output<Detections>("detections")->items});
  }
  EXPECT_GT(agreement(pairs).average_precision, 0.95);
}

TEST_F(Split, FeaturesInLz4NeedASeamAndAreCheckedByTheTail) {
  std::map<std::string, std::string> none{{"model", kModel}, {"size", "640x192"}, {"kind", "lz4"}};
  StageHarness without(registry_, "infer.head", none);
  ASSERT_TRUE(without.open());
  without.feed("frame", Frame(frames()[0]));
  EXPECT_THAT(without.run().error().text, HasSubstr("seam"));

  StageHarness head(registry_, "infer.head", params({{"kind", "lz4"}}));
  ASSERT_TRUE(head.open());
  const Packet code = code_of(head, frames()[0]);
  none.erase("kind");
  for (const auto& [given, told] :
       {std::pair{none, "seam"}, std::pair{params({{"seam", "[stem]"}}), "another network"}}) {
    StageHarness tail(registry_, "infer.tail", given);
    ASSERT_TRUE(tail.open());
    const Status status = feed(tail, code);
    ASSERT_FALSE(status);
    EXPECT_THAT(status.error().text, HasSubstr(told));
  }
}

TEST_F(Split, FeaturesInLz4CrossAtOtherSeamsAsWell) {
  const std::map<std::string, std::string> others{{"other_seams", "[stage1.0, stage2.0]"}};
  std::vector<std::size_t> bytes;
  for (const std::string level : {"0", "1", "2"}) {
    StageHarness head(registry_, "infer.head", params({{"kind", "lz4"}, {"level", level}, *others.begin()}));
    StageHarness tail(registry_, "infer.tail", params(others));
    ASSERT_TRUE(head.open());
    ASSERT_TRUE(tail.open());
    std::vector<AgreementFrame> pairs;
    for (const Frame& frame : frames()) {
      const Packet code = code_of(head, frame);
      ASSERT_TRUE(feed(tail, code));
      pairs.push_back({whole(frame), tail.output<Detections>("detections")->items});
      if (&frame == &frames().front()) bytes.push_back(code.get<CodedFrame>()->bytes.size());
    }
    EXPECT_GT(agreement(pairs).average_precision, 0.95) << "seam " << level;
  }
  EXPECT_GT(bytes[1], bytes[0]) << "an earlier seam is a larger tensor";
}

TEST_F(Split, OtherSeamsMustBeKnownToBothSides) {
  StageHarness head(registry_, "infer.head", params({{"kind", "lz4"}, {"level", "1"}, {"other_seams", "[stage2.0]"}}));
  ASSERT_TRUE(head.open());
  const Packet code = code_of(head, frames()[0]);
  StageHarness without(registry_, "infer.tail", params());
  ASSERT_TRUE(without.open());
  EXPECT_THAT(feed(without, code).error().text, HasSubstr("another network or seam"));

  StageHarness beyond(registry_, "infer.head",
                      params({{"kind", "lz4"}, {"level", "2"}, {"other_seams", "[stage2.0]"}}));
  ASSERT_TRUE(beyond.open());
  beyond.feed("frame", Frame(frames()[0]));
  EXPECT_THAT(beyond.run().error().text, AllOf(HasSubstr("seam 2"), HasSubstr("other_seams")));
}

TEST_F(Split, OtherSeamsThatMakeNoSenseAreNamed) {
  const std::map<std::string, std::string> none{{"model", kModel}, {"size", "640x192"}, {"other_seams", "[stem]"}};
  for (const auto& [given, told] :
       {std::pair{none, "give `seam`"}, std::pair{params({{"other_seams", "[stage2.1]"}}), "name each once"},
        std::pair{params({{"other_seams", "[stem, stem]"}}), "name each once"},
        std::pair{params({{"other_seams", "[nowhere]"}}), "pipeline model seams"}}) {
    StageHarness head(registry_, "infer.head", given);
    const Status status = head.open();
    ASSERT_FALSE(status);
    EXPECT_THAT(status.error().text, HasSubstr(told));
  }
}

TEST_F(Split, APieceAndThoseBeforeItAreAnswered) {
  const std::string file = write_tables(folder_);
  StageHarness head(registry_, "infer.head", params({{"tables", file}}));
  StageHarness tail(registry_, "infer.tail", params({{"tables", file}}));
  ASSERT_TRUE(head.open());
  ASSERT_TRUE(tail.open());
  head.feed("frame", Frame(frames()[0]));
  head.feed("setup", weir::Setup{.rung = 0, .kind = RungKind::features, .level = 2, .progressive = true});
  ASSERT_TRUE(head.run());
  const Packet code = head.output("code");
  const CodedFrame& whole = *code.get<CodedFrame>();
  ASSERT_EQ(whole.ends.size(), 4U);
  EXPECT_EQ(whole.ends.back(), whole.bytes.size());
  std::vector<double> agreed;
  std::uint32_t before = 0;
  for (const std::uint32_t end : whole.ends) {
    EXPECT_LT(end - before, whole.bytes.size() / 2) << "pieces of nearly as many bytes each";
    before = end;
    tail.feed("code", copy_of(whole, {whole.bytes.begin(), whole.bytes.begin() + end}));
    const Status status = tail.run();
    ASSERT_TRUE(status) << status.error().text;
    agreed.push_back(
        agreement(std::vector<AgreementFrame>{{this->whole(frames()[0]), tail.output<Detections>("detections")->items}})
            .average_precision);
  }
  EXPECT_GT(agreed.back(), 0.9);
  EXPECT_LT(agreed.front(), agreed.back()) << "a quarter is worth as much as all";
}

TEST_F(Split, PicturesOfEveryKindAreDecoded) {
  for (const char* kind : {"jpeg", "webp", "h264"}) {
    StageHarness head(registry_, "infer.head", params({{"kind", kind}, {"level", "90"}}));
    StageHarness tail(registry_, "infer.tail", params());
    ASSERT_TRUE(head.open());
    ASSERT_TRUE(tail.open());
    std::vector<AgreementFrame> pairs;
    for (const Frame& frame : frames()) {
      ASSERT_TRUE(feed(tail, code_of(head, frame))) << kind;
      pairs.push_back({whole(frame), tail.output<Detections>("detections")->items});
    }
    EXPECT_GT(agreement(pairs).average_precision, 0.6) << kind;
  }
}

TEST_F(Split, SmallerPicturesAreAnsweredInPixelsOfTheFrame) {
  const std::map<std::string, std::string> sizes{{"sizes", "[480x160, 320x96]"}};
  StageHarness head(registry_, "infer.head", params(sizes));
  StageHarness tail(registry_, "infer.tail", params(sizes));
  ASSERT_TRUE(head.open());
  ASSERT_TRUE(tail.open());
  for (const auto& [width, height] : {std::pair{480, 160}, std::pair{320, 96}}) {
    StageHarness detector(registry_, "infer.detector",
                          {{"model", kModel}, {"size", std::to_string(width) + "x" + std::to_string(height)}});
    ASSERT_TRUE(detector.open());
    std::vector<AgreementFrame> pairs;
    std::size_t bytes = 0;
    for (const Frame& frame : frames()) {
      head.feed("frame", Frame(frame));
      head.feed("setup", weir::Setup{.rung = 0, .kind = RungKind::jpeg, .level = 95, .width = width, .height = height});
      ASSERT_TRUE(head.run());
      const Packet code = head.output("code");
      EXPECT_EQ(code.get<CodedFrame>()->width, width);
      EXPECT_EQ(code.get<CodedFrame>()->frame_width, kWidth);
      bytes = code.get<CodedFrame>()->bytes.size();
      ASSERT_TRUE(feed(tail, code));
      detector.feed("frame", Frame(frame));
      ASSERT_TRUE(detector.run());
      pairs.push_back({detector.output<Detections>("detections")->items, tail.output<Detections>("detections")->items});
    }
    EXPECT_LT(bytes, static_cast<std::size_t>(width) * height / 2);
    const AgreementScore score = agreement(pairs);
    EXPECT_GT(score.expected, 3U) << width;
    EXPECT_GT(score.average_precision, 0.7) << "with the same network on the whole frame, " << width;
  }
}

TEST_F(Split, VideosOfTwoSizesAreToldApart) {
  const std::map<std::string, std::string> sizes{{"sizes", "[320x96]"}};
  StageHarness head(registry_, "infer.head", params(sizes));
  StageHarness tail(registry_, "infer.tail", params(sizes));
  ASSERT_TRUE(head.open());
  ASSERT_TRUE(tail.open());
  for (int i = 0; i < 6; ++i) {
    weir::Setup setup{.rung = 0, .kind = RungKind::h264, .level = 70};
    if (i % 2 == 1) setup.width = 320, setup.height = 96;
    head.feed("frame", Frame(frames()[static_cast<std::size_t>(i)]));
    head.feed("setup", setup);
    ASSERT_TRUE(head.run());
    const Status status = feed(tail, head.output("code"));
    ASSERT_TRUE(status) << i << ": " << status.error().text;
  }
}

TEST_F(Split, SizesOfPicturesMustFitTheNetwork) {
  const auto error_of = [&](const char* stage, const std::string& sizes, const std::string& ladder = "") {
    std::map<std::string, std::string> given{{"sizes", sizes}};
    if (!ladder.empty()) given.insert({"ladder", ladder});
    StageHarness harness(registry_, stage, params(std::move(given)));
    const Status opened = harness.open();
    EXPECT_FALSE(opened);
    return opened ? std::string() : opened.error().text;
  };
  for (const char* stage : {"infer.head", "infer.tail"}) {
    EXPECT_THAT(error_of(stage, "[480x144]"), AllOf(HasSubstr("480x144"), HasSubstr("closest is 480x160")));
    EXPECT_THAT(error_of(stage, "[320x96, 960x288]"), AllOf(HasSubstr("960x288"), HasSubstr("closest is 640x192")));
    EXPECT_THAT(error_of(stage, "[8x8]"), HasSubstr("closest is 32x32"));
    EXPECT_THAT(error_of(stage, "[half]"), AllOf(HasSubstr("sizes"), HasSubstr("half")));
  }
  Ladder ladder;
  ladder.rungs.push_back({.name = "small", .kind = RungKind::jpeg, .setup = 50, .width = 320, .height = 96});
  ASSERT_TRUE(write_ladder_file(folder_.file("ladder.json"), ladder));
  EXPECT_THAT(error_of("infer.head", "[480x160]", folder_.file("ladder.json")),
              AllOf(HasSubstr("rung small"), HasSubstr("320x96"), HasSubstr("640x192, 480x160")));
  // A worker that was told of fewer sizes than the device.
  StageHarness head(registry_, "infer.head", params({{"sizes", "[320x96]"}}));
  StageHarness tail(registry_, "infer.tail", params());
  ASSERT_TRUE(head.open());
  ASSERT_TRUE(tail.open());
  head.feed("frame", Frame(frames()[0]));
  head.feed("setup", weir::Setup{.rung = 0, .kind = RungKind::jpeg, .level = 50, .width = 320, .height = 96});
  ASSERT_TRUE(head.run());
  const Status refused = feed(tail, head.output("code"));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text, AllOf(HasSubstr("320x96"), HasSubstr("640x192"), HasSubstr("sizes")));
}

TEST_F(Split, PicturesAreGreyOutsideTheRegionsThatAreGiven) {
  StageHarness head(registry_, "infer.head", params({{"kind", "raw"}}));
  ASSERT_TRUE(head.open());
  Regions regions;
  regions.items.push_back({.box = {100, 50, 200, 90}, .margin = {10, 0, 0, 5}});
  regions.items.push_back({.box = {900, 50, 950, 90}});  // beside the frame
  head.feed("frame", Frame(frames()[0]));
  head.feed("regions", regions);
  ASSERT_TRUE(head.run());
  const auto bytes = head.output<CodedFrame>("code")->bytes;
  const auto at = [&](int x, int y) { return bytes.subspan(3 * static_cast<std::size_t>(y * kWidth + x), 3); };
  const auto pixel = [&](int x, int y) { return std::span(frames()[0].image.row(y) + 3 * x, 3); };
  EXPECT_THAT(at(90, 50), testing::ElementsAreArray(pixel(90, 50)));
  EXPECT_THAT(at(199, 94), testing::ElementsAreArray(pixel(199, 94)));
  EXPECT_THAT(at(89, 60), testing::Each(114));
  EXPECT_THAT(at(150, 95), testing::Each(114));
  EXPECT_THAT(at(200, 60), testing::Each(114));
}

TEST_F(Split, FeaturesReferToWhatWasAnsweredAndStartAnewAfterALoss) {
  const SplitDetector split = load();
  const auto network = HeadNetwork::load(split, {}, tables());
  ASSERT_TRUE(network) << network.error().text;
  const auto head = HeadStream::create(**network, 0);
  LinkMonitor link;
  FeatureDecoder decoder(tables());
  Tensor tensor;
  const auto send = [&](std::uint64_t frame) {
    CodedFrame code;
    (*head)->learn(link);
    const weir::Setup setup{.rung = 0, .kind = RungKind::features, .level = 1};
    EXPECT_TRUE((*head)->encode({frames()[frame % kFrames].image, frame}, setup, code));
    link.asked(0, frame, code.bytes.size(), TimePoint{});
    return std::vector<std::uint8_t>(code.bytes.begin(), code.bytes.end());
  };
  const auto first = send(0), second = send(1);
  EXPECT_TRUE(decoder.decode(first, tensor)->key);
  EXPECT_TRUE(decoder.decode(second, tensor)->key) << "the first is not known to have arrived";
  link.ended(0, 0, {.end = ExchangeEnd::answered, .worker = 0}, TimePoint{});
  EXPECT_FALSE(decoder.decode(send(2), tensor)->key);
  link.ended(0, 1, {.end = ExchangeEnd::lost}, TimePoint{});
  EXPECT_TRUE(decoder.decode(send(3), tensor)->key);
  link.ended(0, 3, {.end = ExchangeEnd::late, .worker = 0}, TimePoint{});
  const auto fifth = send(5);
  EXPECT_FALSE(decoder.decode(fifth, tensor)->key) << "too late for an answer, not for a reference";
  link.ended(0, 5, {.end = ExchangeEnd::skipped}, TimePoint{});
  EXPECT_FALSE(decoder.decode(send(6), tensor)->key) << "the worker still has what it decoded before";
  link.ended(0, 6, {.end = ExchangeEnd::answered, .worker = 0}, TimePoint{});
  link.ended(0, 2, {.end = ExchangeEnd::answered, .worker = 1}, TimePoint{});
  EXPECT_TRUE(decoder.decode(send(7), tensor)->key) << "another worker has no reference";
}

TEST_F(Split, DamageCostsThatFrameAlone) {
  const std::string file = write_tables(folder_);
  StageHarness head(registry_, "infer.head", params({{"tables", file}}));
  StageHarness tail(registry_, "infer.tail", params({{"tables", file}}));
  ASSERT_TRUE(head.open());
  ASSERT_TRUE(tail.open());
  const Packet code = code_of(head, frames()[0]);
  const CodedFrame& good = *code.get<CodedFrame>();
  const std::vector<std::uint8_t> bytes(good.bytes.begin(), good.bytes.end());
  const auto refused = [&](const CodedFrame& bad) {
    tail.feed("code", copy_of(bad, {bad.bytes.begin(), bad.bytes.end()}));
    const Status status = tail.run();
    EXPECT_FALSE(status);
    return status ? std::string() : status.error().text;
  };
  EXPECT_THAT(refused(copy_of(good, {})), HasSubstr("feature"));
  auto damaged = bytes;
  damaged[9] ^= 0xFFU;
  EXPECT_NE(refused(copy_of(good, damaged)), "");
  CodedFrame other = copy_of(good, bytes);
  other.width = 320;
  EXPECT_THAT(refused(other), AllOf(HasSubstr("320x192"), HasSubstr("640x192")));
  other = copy_of(good, bytes);
  other.kind = RungKind::jpeg;
  EXPECT_THAT(refused(other), HasSubstr("jpeg"));
  EXPECT_TRUE(feed(tail, code)) << "the next frame is answered";
  // A truncated message gives the most important channels.
  tail.feed("code", copy_of(good, {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(bytes.size() * 3 / 4)}));
  EXPECT_TRUE(tail.run());
}

TEST_F(Split, AVideoThatLostAPictureNeedsAKeyFrame) {
  StageHarness head(registry_, "infer.head", params({{"kind", "h264"}, {"level", "70"}}));
  StageHarness tail(registry_, "infer.tail", params());
  ASSERT_TRUE(head.open());
  ASSERT_TRUE(tail.open());
  ASSERT_TRUE(feed(tail, code_of(head, frames()[0])));
  code_of(head, frames()[1]);
  const Status gap = feed(tail, code_of(head, frames()[2]));
  ASSERT_FALSE(gap);
  EXPECT_THAT(gap.error().text, AllOf(HasSubstr("picture 2"), HasSubstr("key frame")));
}

TEST_F(Split, TablesMustFitTheSeam) {
  const std::string file = write_tables(folder_);
  const auto error_of = [&](const char* stage, std::map<std::string, std::string> given) {
    StageHarness harness(registry_, stage, params(std::move(given)));
    const Status opened = harness.open();
    EXPECT_FALSE(opened);
    return opened ? std::string() : opened.error().text;
  };
  for (const char* stage : {"infer.head", "infer.tail"}) {
    EXPECT_THAT(error_of(stage, {{"tables", file}, {"seam", "[stem]"}}), HasSubstr("another network or seam"));
    EXPECT_THAT(error_of(stage, {{"tables", folder_.file("none")}}), HasSubstr("pipeline profile"));
    EXPECT_THAT(error_of(stage, {{"tables", folder_.write("bad", "tables?")}}), HasSubstr("bad"));
    EXPECT_THAT(error_of(stage, {{"seam", "[nowhere]"}}), AllOf(HasSubstr("nowhere"), HasSubstr("model seams")));
    EXPECT_THAT(error_of(stage, {{"size", "640x190"}}), HasSubstr("multiples of 32"));
  }
}

TEST_F(Split, ALadderOfAnotherNetworkIsRefusedAndNothingIsSentWithoutARung) {
  StageHarness head(registry_, "infer.head", params());
  ASSERT_TRUE(head.open());
  head.feed("frame", Frame(frames()[0]));
  head.feed("setup", weir::Setup{.rung = 0, .kind = RungKind::raw, .pair = 12345});
  const Status status = head.run();
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().text, HasSubstr("ladder"));
  head.feed("frame", Frame(frames()[0]));
  head.feed("setup", weir::Setup{});
  ASSERT_TRUE(head.run());
  EXPECT_EQ(head.drop_reason(), "not_sent");
}

}  // namespace
}  // namespace weir
