// SPDX-License-Identifier: Apache-2.0
// `pipeline replay --trace` on small traces and with bad input.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/app/program.hpp"

namespace weir::test {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;

const char* const kTrace = "seconds,mbps\n0,2\n5,0.3\n10,0\n15,4\n20,4\n";

TEST(TraceReplay, ComparesAllPolicies) {
  const TempFolder folder;
  const std::string trace = folder.write("trace.csv", kTrace);
  const Finished run = run_pipeline({"replay", "--trace", trace, "--policy", "all", "--local", "0.6", "--json"});
  ASSERT_EQ(run.exit, 0) << run.err;
  const json rows = json::parse(run.out);
  ASSERT_EQ(rows.size(), 10U);
  EXPECT_EQ(rows[0].at("policy"), "mpc");
  EXPECT_EQ(rows[9].at("policy"), "oracle");
  for (const json& row : rows) {
    EXPECT_EQ(row.at("frames"), 250);
    EXPECT_EQ(row.at("answered"), 1.0);
    EXPECT_LE(row.at("effective_accuracy").get<double>(), rows[9].at("effective_accuracy").get<double>() + 0.02);
  }
  EXPECT_GT(rows[0].at("effective_accuracy"), rows[2].at("effective_accuracy"));
  const Finished table = run_pipeline({"replay", "--trace", trace, "--fps", "30", "--deadline", "100ms"});
  EXPECT_THAT(table.out, AllOf(HasSubstr("on time"), HasSubstr("mpc")));
}

TEST(TraceReplay, WritesEachDecision) {
  const TempFolder folder;
  const std::string trace = folder.write("trace.csv", kTrace);
  const Finished run = run_pipeline({"replay", "--trace", trace, "--decisions", folder.file("d.jsonl"), "--fps", "5"});
  ASSERT_EQ(run.exit, 0) << run.err;
  std::ifstream file(folder.file("d.jsonl"));
  std::uint64_t frame = 0;
  for (std::string line; std::getline(file, line); ++frame) {
    const json record = json::parse(line);
    EXPECT_EQ(record.at("frame"), frame);
    for (const char* key :
         {"policy", "rung", "probe", "forecast_ms", "on_time_believed", "bytes", "latency_ms", "end"}) {
      EXPECT_TRUE(record.contains(key)) << key;
    }
    EXPECT_EQ(record.at("end") == "chosen", !record.at("latency_ms").is_null() && record.at("latency_ms") <= 200);
  }
  EXPECT_EQ(frame, 125U);
}

TEST(TraceReplay, SpacesFramesEvenlyWhereItIsToldTo) {
  const TempFolder folder;
  // The smallest published rung takes 1.2 periods.
  const std::string trace = folder.write("trace.csv", "seconds,mbps\n0,0.107\n");
  const auto held = [&](std::vector<std::string> more) {
    std::vector<std::string> command{"replay",     "--trace", trace,         "--deadline",          "500ms",
                                     "--duration", "30s",     "--decisions", folder.file("d.jsonl")};
    command.insert(command.end(), more.begin(), more.end());
    const Finished run = run_pipeline(command);
    EXPECT_EQ(run.exit, 0) << run.err;
    std::ifstream file(folder.file("d.jsonl"));
    int count = 0;
    for (std::string line; std::getline(file, line);) count += json::parse(line).at("held") == true;
    return count;
  };
  EXPECT_GT(held({"--even"}), 100);
  EXPECT_EQ(held({}), 0);
}

TEST(TraceReplay, GoesByALadderOfItsOwn) {
  const TempFolder folder;
  const std::string trace = folder.write("trace.csv", "seconds,mbps\n0,8\n");
  const std::string ladder = folder.write(
      "ladder.json",
      R"({"version":1,"fingerprint":"","rungs":[{"name":"q50","kind":"jpeg","bytes":1000,"bytes_p90":1200,"device_ms":1,)"
      R"("cloud_ms":1,"accuracy":0.75,"setup":50,"bits":0,"exits":0}]})");
  const Finished run =
      run_pipeline({"replay", "--trace", trace, "--ladder", ladder, "--policy", "all", "--json", "--duration", "10s"});
  ASSERT_EQ(run.exit, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("clio is left out"));
  const json rows = json::parse(run.out);
  EXPECT_EQ(rows[0].at("frames"), 100);
  EXPECT_NEAR(rows[0].at("effective_accuracy").get<double>(), 0.75, 1e-9);
}

TEST(TraceReplay, BadInputIsToldWithItsExitCode) {
  const TempFolder folder;
  const std::string trace = folder.write("trace.csv", kTrace);
  const auto fails = [](std::vector<std::string> arguments, int exit) {
    arguments.insert(arguments.begin(), "replay");
    const Finished run = run_pipeline(arguments);
    EXPECT_EQ(run.exit, exit);
    return run.err;
  };
  EXPECT_THAT(fails({}, 2), HasSubstr("either DIR"));
  EXPECT_THAT(fails({"folder", "--trace", trace}, 2), HasSubstr("either DIR"));
  EXPECT_THAT(fails({"--trace", folder.file("none.csv")}, 3), HasSubstr("none.csv"));
  EXPECT_THAT(fails({"--trace", folder.write("bad.csv", "seconds,mbps\n0,fast\n")}, 2), HasSubstr("bad.csv:2"));
  EXPECT_THAT(fails({"--trace", trace, "--policy", "mcp"}, 2), HasSubstr("no policy \"mcp\""));
  EXPECT_THAT(fails({"--trace", trace, "--policy", "fixed", "--rung", "N9"}, 2), HasSubstr("no rung \"N9\""));
  EXPECT_THAT(fails({"--trace", trace, "--deadline", "soon"}, 2), HasSubstr("--deadline is \"soon\""));
  EXPECT_THAT(fails({"--trace", trace, "--ladder", folder.file("none.json")}, 3), HasSubstr("none.json"));
  EXPECT_THAT(fails({"--trace", trace, "--ladder", trace}, 3), HasSubstr("not JSON"));
  EXPECT_THAT(fails({"--trace", trace, "--fps", "0"}, 2), HasSubstr("--fps"));
}

}  // namespace
}  // namespace weir::test
