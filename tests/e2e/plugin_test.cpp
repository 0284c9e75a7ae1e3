// SPDX-License-Identifier: Apache-2.0
// The sample plug-ins, built against the installed package as a user would.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/app/program.hpp"

namespace weir::test {
namespace {

using ::testing::HasSubstr;

Finished run_program(std::vector<std::string> command) { return Program(std::move(command)).wait(); }

/// corners_cloud.yaml: parts to two worker processes, which have loaded the plug-in themselves.
void expect_corners_from_workers(const std::string& program, const std::string& plugin, const TempFolder& folder) {
  const std::string launch = WEIR_SOURCE_DIR "/samples/plugin_corners/corners_cloud.yaml";
  const std::string one = "unix:" + folder.file("1.sock"), two = "unix:" + folder.file("2.sock");
  const auto command = [&](std::vector<std::string> more) {
    std::vector<std::string> all{program};
    all.insert(all.end(), more.begin(), more.end());
    all.insert(all.end(), {"--launch", launch, "--set", "plugins=[" + plugin + "]"});
    return all;
  };
  std::vector<Program> workers;
  for (const std::string& address : {one, two}) {
    workers.emplace_back(command({"worker", "--listen", address}));
    ASSERT_TRUE(workers.back().wait_for_error_text("ready\n")) << workers.back().error_text();
  }
  const std::string addresses = "cloud.workers=[\"" + one + "\", \"" + two + "\"]";
  const Finished run = run_program(command({"--json", "--set", addresses}));
  ASSERT_EQ(run.exit, 0) << run.err;
  const auto report = nlohmann::json::parse(run.out);
  EXPECT_EQ(report.at("frames").at("full"), 20);
  int answered = 0;
  for (const auto& [address, state] : report.at("workers").items()) answered += state.at("results").get<int>();
  EXPECT_EQ(answered, 60) << "three bands a frame";
}

class Plugin : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Samples, Plugin, testing::Values("blur", "corners"),
                         [](const auto& each) { return std::string(each.param); });

TEST_P(Plugin, SampleBuildsAgainstTheInstalledPackageAndRuns) {
  const std::string name = GetParam();
  const std::string sample = WEIR_SOURCE_DIR "/samples/plugin_" + name;
  const TempFolder folder;
  const std::string prefix = folder.file("prefix");
  const Finished install = run_program({"cmake", "--install", WEIR_BINARY_DIR, "--prefix", prefix});
  ASSERT_EQ(install.exit, 0) << install.err;
  const Finished configure = run_program({"cmake", "-S", sample, "-B", folder.file("build"), "-G", "Ninja",
                                          "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_PREFIX_PATH=" + prefix});
  ASSERT_EQ(configure.exit, 0) << configure.err;
  const Finished build = run_program({"cmake", "--build", folder.file("build")});
  ASSERT_EQ(build.exit, 0) << build.out;

  // The installed program, so that its libraries are found beside it.
  const Finished run = run_program({prefix + "/bin/pipeline", "--launch", sample + "/" + name + ".yaml", "--set",
                                    "plugins=[" + folder.file("build/" + name + ".so") + "]", "--json"});
  ASSERT_EQ(run.exit, 0) << run.err;
  const auto report = nlohmann::json::parse(run.out);
  EXPECT_EQ(report.at("frames").at("full"), 20);
  EXPECT_EQ(report.at("stages").at(name).at("count"), 20);
  if (name == "corners") {
    expect_corners_from_workers(prefix + "/bin/pipeline", folder.file("build/corners.so"), folder);
  }
}

}  // namespace
}  // namespace weir::test
