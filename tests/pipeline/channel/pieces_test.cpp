// SPDX-License-Identifier: Apache-2.0
#include "pipeline/channel/pieces.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir {
namespace {

using std::chrono::milliseconds;
using Fate = CloudReceipt::Fate;

class Joining : public testing::Test {
 protected:
  /// What is to be answered from once this piece is there; empty where nothing is.
  std::vector<std::uint8_t> join(std::uint64_t frame, std::uint16_t piece, int remaining_ms = 0) {
    const std::vector<std::uint8_t> bytes{static_cast<std::uint8_t>(10 * frame + piece)};
    CodedFrame given, joined;
    given.rung = 3;
    given.width = 640;
    given.piece = piece;
    given.pieces = 3;
    given.bytes = bytes;
    if (!joiner_.join(frame, given, milliseconds(remaining_ms), joined)) return {};
    EXPECT_EQ(joined.rung, 3);
    EXPECT_EQ(joined.width, 640);
    EXPECT_EQ(joined.piece, piece);
    EXPECT_EQ(joined.pieces, 3);
    return {joined.bytes.begin(), joined.bytes.end()};
  }

  PieceJoiner joiner_;
};

TEST_F(Joining, EachPieceComesWithThoseBeforeIt) {
  EXPECT_THAT(join(1, 0), testing::ElementsAre(10));
  EXPECT_THAT(join(1, 1), testing::ElementsAre(10, 11));
  EXPECT_THAT(join(1, 2), testing::ElementsAre(10, 11, 12));
  EXPECT_THAT(join(2, 0), testing::ElementsAre(20));
}

TEST_F(Joining, WithoutThoseBeforeItAPieceIsNothing) {
  EXPECT_THAT(join(1, 1), testing::IsEmpty());
  EXPECT_THAT(join(1, 0), testing::ElementsAre(10));
  EXPECT_THAT(join(1, 2), testing::IsEmpty()) << "one is missing";
  EXPECT_THAT(join(1, 1), testing::ElementsAre(10, 11));
  EXPECT_THAT(join(1, 1), testing::IsEmpty()) << "it was here before";
}

TEST_F(Joining, WhatIsEarlyWaitsForTheRest) {
  EXPECT_THAT(join(1, 0, 200), testing::ElementsAre(10));
  EXPECT_THAT(join(1, 1, 110), testing::IsEmpty());
  EXPECT_THAT(join(1, 2, 105), testing::ElementsAre(10, 11, 12)) << "nothing more to wait for";
  EXPECT_THAT(join(2, 0, 200), testing::ElementsAre(20));
  EXPECT_THAT(join(2, 1, 90), testing::ElementsAre(20, 21)) << "the next one may be late";
}

TEST_F(Joining, FramesMayOverlapAndTheOldestGivesWay) {
  for (const std::uint64_t frame : {2, 1, 3, 4}) EXPECT_EQ(join(frame, 0).size(), 1U);
  EXPECT_THAT(join(1, 1), testing::ElementsAre(10, 11));
  EXPECT_THAT(join(5, 0), testing::ElementsAre(50));
  EXPECT_THAT(join(1, 2), testing::IsEmpty());
  EXPECT_THAT(join(1, 0), testing::IsEmpty()) << "four newer ones are under way";
  EXPECT_THAT(join(2, 1), testing::ElementsAre(20, 21));
}

CloudReceipt receipt(Fate fate, int ms, int service = 0) {
  return {.fate = fate, .worker = 0, .service = milliseconds(service), .elapsed = milliseconds(ms)};
}

struct Told {
  CloudReceipt receipt;
  std::size_t bytes = 0;
  int times = 0;
};

Told told(const std::vector<CloudReceipt>& each) {
  Told told;
  PieceReceipts receipts({100, 20, 3}, [&](const CloudReceipt& made, std::size_t bytes) {
    told = {made, bytes, told.times + 1};
  });
  for (std::size_t i = 0; i < each.size(); ++i) {
    EXPECT_EQ(told.times, 0) << "told before all pieces ended";
    receipts.tell(i, each[i]);
  }
  EXPECT_EQ(told.times, 1);
  return told;
}

TEST(PieceReceipts, AFrameIsAnsweredOnceAllOfItWas) {
  const Told all =
      told({receipt(Fate::answered, 30, 5), receipt(Fate::answered, 40, 6), receipt(Fate::answered, 70, 7)});
  EXPECT_EQ(all.receipt.fate, Fate::answered);
  EXPECT_EQ(all.receipt.elapsed, milliseconds(70));
  EXPECT_EQ(all.receipt.service, milliseconds(7));
  EXPECT_EQ(all.bytes, 123U);
  EXPECT_EQ(told({receipt(Fate::answered, 30), receipt(Fate::late, 300), receipt(Fate::late, 310)}).receipt.fate,
            Fate::late);
}

TEST(PieceReceipts, OfAFrameThatCameInPartTheBytesThatCameAreTold) {
  const Told part = told({receipt(Fate::answered, 60, 15), receipt(Fate::skipped, 50), receipt(Fate::unsent, 200)});
  EXPECT_EQ(part.receipt.fate, Fate::skipped) << "the worker lacks the frame, and has what it had before";
  EXPECT_EQ(part.bytes, 120U);
  EXPECT_EQ(part.receipt.elapsed, milliseconds(45)) << "on the link, without the worker's time";
}

TEST(PieceReceipts, TheWorstThatTheReferencesMustKnowOfIsTold) {
  EXPECT_EQ(told({receipt(Fate::answered, 1), receipt(Fate::refused, 2), receipt(Fate::skipped, 3)}).receipt.fate,
            Fate::refused);
  EXPECT_EQ(told({receipt(Fate::refused, 1), receipt(Fate::lost, 2), receipt(Fate::unsent, 3)}).receipt.fate,
            Fate::lost);
  const Told none = told({receipt(Fate::unsent, 200), receipt(Fate::unsent, 200), receipt(Fate::unsent, 200)});
  EXPECT_EQ(none.receipt.fate, Fate::unsent);
  EXPECT_EQ(none.bytes, 0U);
}

}  // namespace
}  // namespace weir
