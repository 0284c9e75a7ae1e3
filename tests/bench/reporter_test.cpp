// SPDX-License-Identifier: Apache-2.0
#include "bench/common/reporter.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace weir::bench {
namespace {

const std::vector<Target> kTargets{{"overhead", "throughput", ">=", 0.97, "ratio", "bare loop", "text"}};

TEST(Reporter, WritesTheKeysInTheirOrder) {
  const Reporter reporter("overhead", kTargets, false);
  const std::string line = reporter.line("throughput", {0.98134, 0.974, 0.986, 5}, {});
  EXPECT_EQ(line.substr(0, line.find(R"(,"machine")")),
            R"({"bench":"overhead","metric":"throughput","value":0.9813,"unit":"ratio","baseline":"bare loop",)"
            R"("target":">= 0.97","met":true,"n":5,"spread":[0.974,0.986])");
  EXPECT_EQ(nlohmann::json::parse(line)["machine"], machine_name());
}

TEST(Reporter, JudgesTheValueBeforeRounding) {
  const Reporter reporter("overhead", kTargets, false);
  EXPECT_EQ(nlohmann::json::parse(reporter.line("throughput", {0.96999, 0.9, 1, 3}, {}))["met"], false);
}

TEST(Reporter, JudgesNothingWithoutABar) {
  const Reporter reporter("nats", {{"nats", "p50_ms", "none", 0, "ms", "tcp", "text"}}, false);
  const auto line = nlohmann::json::parse(reporter.line("p50_ms", {1, 1, 1, 1}, {}));
  EXPECT_FALSE(line.contains("met"));
  EXPECT_EQ(line["target"], "none");
}

TEST(Reporter, PutsAReasonInPlaceOfValueAndVerdict) {
  const Reporter reporter("overhead", kTargets, false);
  const auto line = nlohmann::json::parse(reporter.skipped_line("throughput", "no data"));
  EXPECT_EQ(line["skipped"], "no data");
  EXPECT_FALSE(line.contains("value"));
  EXPECT_FALSE(line.contains("met"));
}

}  // namespace
}  // namespace weir::bench
