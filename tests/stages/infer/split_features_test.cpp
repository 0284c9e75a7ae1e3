// SPDX-License-Identifier: Apache-2.0
// What the features of a frame take and are worth, and what they refer to.
#include <gmock/gmock.h>

#include "kernels/codec/feature_decoder.hpp"
#include "kernels/eval/agreement.hpp"
#include "pipeline/link_monitor.hpp"
#include "stages/infer/head_stream.hpp"
#include "tests/stages/infer/split_fixture.hpp"

namespace weir::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST_F(Split, FeaturesTakeAFractionOfThePictureAndAgree) {
  const std::string file = write_tables();
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

TEST_F(Split, APieceAndThoseBeforeItAreAnswered) {
  const std::string file = write_tables();
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

TEST_F(Split, TablesMustFitTheSeam) {
  const std::string file = write_tables();
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

TEST_F(Split, DamageCostsThatFrameAlone) {
  const std::string file = write_tables();
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

}  // namespace
}  // namespace weir::test
