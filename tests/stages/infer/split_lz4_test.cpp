// SPDX-License-Identifier: Apache-2.0
// Features in LZ4, at one seam and at others.
#include <gmock/gmock.h>

#include "kernels/eval/agreement.hpp"
#include "tests/stages/infer/split_fixture.hpp"

namespace weir::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

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
  std::map<std::string, std::string> none{{"model", model()}, {"size", "640x192"}, {"kind", "lz4"}};
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
  const std::map<std::string, std::string> none{{"model", model()}, {"size", "640x192"}, {"other_seams", "[stem]"}};
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

}  // namespace
}  // namespace weir::test
