// SPDX-License-Identifier: Apache-2.0
#include "kernels/eval/kitti_format.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "kernels/base/random.hpp"

namespace weir {
namespace {

using testing::HasSubstr;

constexpr const char* kTruth = "3 7 Car 1 2 -1.5 10.5 20 110.25 80 1.5 1.6 4 1 2 30 0.1";
constexpr const char* kLabel = "Pedestrian 0.25 1 -0.2 712.4 143 810.73 307.92 1.89 0.48 1.2 1.84 1.47 8.41 0.01";

std::string with_score(std::string line, const char* score) { return line.append(" ").append(score); }

TEST(KittiFormat, ReadsTrackingTruth) {
  const auto parsed = parse_tracking_truth(kTruth);
  ASSERT_TRUE(parsed.bad.empty()) << parsed.bad[0].reason;
  ASSERT_EQ(parsed.rows.size(), 1U);
  const TruthRow& row = parsed.rows[0];
  EXPECT_EQ(row.frame, 3);
  EXPECT_EQ(row.object.track_id, 7);
  EXPECT_EQ(row.object.type, "Car");
  EXPECT_EQ(row.object.truncated, 1.0F);
  EXPECT_EQ(row.object.occluded, 2);
  EXPECT_EQ(row.object.box, (Box{10.5F, 20, 110.25F, 80}));
}

TEST(KittiFormat, ReadsTrackingResultsWithAndWithoutScore) {
  const auto scored = parse_tracking_results(with_score(kTruth, "0.75"));
  ASSERT_EQ(scored.rows.size(), 1U);
  EXPECT_EQ(scored.rows[0].object.score, 0.75);
  const auto plain = parse_tracking_results(kTruth);
  ASSERT_EQ(plain.rows.size(), 1U);
  EXPECT_EQ(plain.rows[0].object.score, 1.0);
  EXPECT_EQ(plain.rows[0].object.track_id, 7);
}

TEST(KittiFormat, ReadsObjectLabelsAndResults) {
  const auto labels = parse_object_labels(kLabel);
  ASSERT_EQ(labels.rows.size(), 1U);
  EXPECT_EQ(labels.rows[0].type, "Pedestrian");
  EXPECT_EQ(labels.rows[0].truncated, 0.25F);
  EXPECT_EQ(labels.rows[0].track_id, -1);
  const auto results = parse_object_results(with_score(kLabel, "-3.5e-1"));
  ASSERT_EQ(results.rows.size(), 1U);
  EXPECT_EQ(results.rows[0].score, -0.35);
  EXPECT_EQ(results.rows[0].box.right, 810.73F);
}

TEST(KittiFormat, AcceptsCrlfBlanksAndEmptyLines) {
  const std::string line = kTruth;
  const auto parsed = parse_tracking_truth("\r\n  " + line + "  \t\r\n\n" + line + " \n" + line);
  EXPECT_EQ(parsed.rows.size(), 3U);
  EXPECT_TRUE(parsed.bad.empty());
  EXPECT_TRUE(parse_tracking_truth("").rows.empty());
}

struct BadCase {
  const char* line;
  const char* reason;
};

TEST(KittiFormat, SkipsAndNamesBadLines) {
  const BadCase cases[] = {
      {"3 7 Car 0 0 0 10 20 110 80 1 1 1 1 1 1", "16 columns, wanted 17"},
      {"3 7 Car 0 0 0 10 20 110 80 1 1 1 1 1 1 1 1 1", "19 columns, wanted 17"},
      {"3 7 Car 0 0 0 nan 20 110 80 1 1 1 1 1 1 1", "left is \"nan\", wanted a finite number"},
      {"3 7 Car 0 0 0 10 20 inf 80 1 1 1 1 1 1 1", "right is \"inf\", wanted a finite number"},
      {"3 7 Car 0 0 0 10 20 110 80 1 1 1 1 1 1 NaN", "rotation is \"NaN\", wanted a finite number"},
      {"3 7 Car 0 0 0 10 20 1e999 80 1 1 1 1 1 1 1", "right is \"1e999\", wanted a finite number"},
      {"3 7 Car 0 0 0 10 20 1e9 80 1 1 1 1 1 1 1", "right is \"1e9\", wanted at most 10^6 pixels"},
      {"3 7 Car 0 0 0 110 20 10 80 1 1 1 1 1 1 1", "right is \"10\", wanted more than left \"110\""},
      {"3 7 Car 0 0 0 10 80 110 20 1 1 1 1 1 1 1", "bottom is \"20\", wanted more than top \"80\""},
      {"3 7 Car 0 0 0 10 20 10 80 1 1 1 1 1 1 1", "right is \"10\", wanted more than left \"10\""},
      {"3 7 Car 0 0 0 10 2O 110 80 1 1 1 1 1 1 1", "top is \"2O\", wanted a finite number"},
      {"3.5 7 Car 0 0 0 10 20 110 80 1 1 1 1 1 1 1", "frame is \"3.5\", wanted a whole number"},
      {"-1 7 Car 0 0 0 10 20 110 80 1 1 1 1 1 1 1", "frame is \"-1\""},
      {"99999999999999999999 7 Car 0 0 0 10 20 110 80 1 1 1 1 1 1 1", "frame is \"99999999999999999999\""},
      {"3 1e300 Car 0 0 0 10 20 110 80 1 1 1 1 1 1 1", "track id is \"1e300\""},
      {"3 7 Car 0 9 0 10 20 110 80 1 1 1 1 1 1 1", "occluded is \"9\""},
  };
  std::string text;
  for (const BadCase& bad : cases) text += std::string(bad.line) + "\n" + kTruth + "\n";
  const auto parsed = parse_tracking_truth(text);
  EXPECT_EQ(parsed.rows.size(), std::size(cases)) << "a good line was lost";
  ASSERT_EQ(parsed.bad.size(), std::size(cases));
  for (std::size_t i = 0; i < std::size(cases); ++i) {
    EXPECT_EQ(parsed.bad[i].line, 2 * i + 1);
    EXPECT_THAT(parsed.bad[i].reason, HasSubstr(cases[i].reason)) << cases[i].line;
  }
}

TEST(KittiFormat, ReasonsShowNoControlCharactersAndStayShort) {
  std::string line = "3 7 Car 0 0 0 \x1b[31m";
  line.append(5000, 'x').append(" 20 110 80 1 1 1 1 1 1 1");
  const auto parsed = parse_tracking_truth(line);
  ASSERT_EQ(parsed.bad.size(), 1U);
  EXPECT_EQ(parsed.bad[0].reason.find('\x1b'), std::string::npos);
  EXPECT_LT(parsed.bad[0].reason.size(), 100U);
}

TEST(KittiFormat, ChangedBytesNeverGiveAnImpossibleRow) {
  Random random(11);
  const std::string good = with_score(kTruth, "0.5");
  for (int trial = 0; trial < 20000; ++trial) {
    std::string text = good;
    for (std::uint64_t change = random.below(6); change > 0; --change) {
      text[random.below(text.size())] = static_cast<char>(random.below(256));
    }
    for (const ResultRow& row : parse_tracking_results(text).rows) {
      EXPECT_GT(row.object.box.width(), 0);
      EXPECT_GT(row.object.box.height(), 0);
      EXPECT_TRUE(std::isfinite(row.object.score));
      EXPECT_GE(row.frame, 0);
    }
  }
}

TEST(KittiFormat, WrittenTrackingRowsReadBack) {
  std::string text;
  append_tracking_result(text, 12, {{1.5F, 2.25F, 100.125F, 200}, "traffic light", 0.875, 42});
  append_tracking_result(text, 13, {{0, 0, 1241, 374}, "Car", 1, 43});
  EXPECT_EQ(text.substr(0, text.find('\n')),
            "12 42 traffic_light -1 -1 -10 1.500 2.250 100.125 200.000 -1 -1 -1 -1000 -1000 -1000 -10 0.875000");
  const auto parsed = parse_tracking_results(text);
  ASSERT_TRUE(parsed.bad.empty()) << parsed.bad[0].reason;
  ASSERT_EQ(parsed.rows.size(), 2U);
  EXPECT_EQ(parsed.rows[0].frame, 12);
  EXPECT_EQ(parsed.rows[0].object.track_id, 42);
  EXPECT_EQ(parsed.rows[0].object.score, 0.875);
  EXPECT_EQ(parsed.rows[1].object.box, (Box{0, 0, 1241, 374}));
}

TEST(KittiFormat, WrittenObjectRowsReadBack) {
  std::string text;
  append_object_result(text, {{1, 2, 3, 4}, "", 1e300, -1});
  append_object_result(text, {{1, 2, 3, 4}, "Cyclist", 0.5, -1});
  const auto parsed = parse_object_results(text);
  ASSERT_TRUE(parsed.bad.empty()) << parsed.bad[0].reason;
  ASSERT_EQ(parsed.rows.size(), 2U);
  EXPECT_EQ(parsed.rows[0].type, "Misc");
  EXPECT_EQ(parsed.rows[0].score, 1e300);
  EXPECT_EQ(parsed.rows[1].type, "Cyclist");
}

TEST(MakeSequence, JoinsByFrameAndLeavesEmptyFramesOut) {
  const std::vector<TruthRow> truth{{1000000000, {}}, {4, {}}, {4, {}}};
  const std::vector<ResultRow> results{{9, {}}, {4, {}}};
  const Sequence sequence = make_sequence("0001", truth, results);
  EXPECT_EQ(sequence.name, "0001");
  ASSERT_EQ(sequence.frames.size(), 3U);
  EXPECT_EQ(sequence.frames[0].frame, 4);
  EXPECT_EQ(sequence.frames[0].truth.size(), 2U);
  EXPECT_EQ(sequence.frames[0].results.size(), 1U);
  EXPECT_EQ(sequence.frames[1].frame, 9);
  EXPECT_EQ(sequence.frames[2].frame, 1000000000);
}

}  // namespace
}  // namespace weir
