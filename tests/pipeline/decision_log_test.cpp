// SPDX-License-Identifier: Apache-2.0
#include "pipeline/decision_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using ::testing::HasSubstr;

DecisionNote note(std::uint64_t frame, std::string setup, Duration forecast) {
  return {.frame = frame, .setup = std::move(setup), .forecast = forecast, .on_time = 0.9, .took = microseconds(20)};
}

TEST(DecisionLog, CountsBySetupAndMeasuresForecasts) {
  DecisionLog log;
  EXPECT_FALSE(log.report()) << "no controller ran";
  log.decided(note(0, "small", milliseconds(50)));
  log.decided(note(1, "small", milliseconds(60)));
  log.decided(note(2, "none", {}));
  log.decided(note(3, "large", milliseconds(90)));
  log.ended(0, 0, {.bytes = 1000, .answered = true, .actual = milliseconds(54)});
  log.ended(0, 1, {.bytes = 1100, .answered = true, .actual = milliseconds(58)});
  log.ended(0, 3, {.bytes = 9000, .answered = false, .actual = milliseconds(200)});
  log.ended(0, 99, {.bytes = 1, .answered = true, .actual = {}});
  const auto report = log.report();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->decision_us.count, 4U);
  EXPECT_DOUBLE_EQ(report->decision_us.p50, 20);
  const SetupReport& small = report->setups.at("small");
  EXPECT_EQ(small.chosen, 2U);
  EXPECT_EQ(small.answered, 2U);
  EXPECT_DOUBLE_EQ(small.forecast_error_ms.max, 4);
  EXPECT_DOUBLE_EQ(small.forecast_error_ms.p50, 4);
  EXPECT_EQ(report->setups.at("large").answered, 0U);
  EXPECT_EQ(report->setups.at("none").chosen, 1U);
}

TEST(DecisionLog, WritesALineForEachWithWhatHappened) {
  DecisionLog log;
  EXPECT_EQ(log.json_lines(), "");
  log.decided(note(5, "small", milliseconds(50)));
  log.decided(note(6, "none", {}));
  log.ended(0, 5,
            {.bytes = 1234,
             .answered = true,
             .asked = milliseconds(9),
             .service = milliseconds(20),
             .actual = milliseconds(45)});
  const std::string lines = log.json_lines();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 2);
  EXPECT_THAT(lines, HasSubstr(R"("frame":5,"setup":"small","forecast_ms":50.0)"));
  EXPECT_THAT(lines, HasSubstr(R"("bytes":1234,"answered":true,"asked_ms":9.0,"service_ms":20.0,"actual_ms":45.0)"));
  EXPECT_THAT(lines, HasSubstr(R"("answered":null)"));
}

}  // namespace
}  // namespace weir
