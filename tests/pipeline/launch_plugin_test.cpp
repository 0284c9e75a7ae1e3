// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/channel/payload_codec.hpp"
#include "pipeline/launch_file.hpp"
#include "pipeline/plugin.hpp"
#include "tests/pipeline/fake_stages.hpp"

namespace weir {
namespace {

using testing::HasSubstr;

std::string launch_with(std::string_view plugin, std::string_view more = "") {
  return "plugins: [\"" + std::string(plugin) + "\"]\nstages:\n  cam: {use: ingest.fake, path: p}\n" +
         std::string(more);
}

std::string first_error(const std::string& text) {
  Registry registry = fake::make_registry();
  const auto spec = parse_launch(text, registry);
  return spec ? std::string() : format_diagnostics("f.yaml", spec.error());
}

TEST(LaunchPlugin, AddsItsStages) {
  Registry registry = fake::make_registry();
  const auto spec = parse_launch(launch_with(PLUGIN_GOOD), registry);
  ASSERT_TRUE(spec) << format_diagnostics("f.yaml", spec.error());
  EXPECT_NE(registry.find("acme.extra"), nullptr);
}

TEST(LaunchPlugin, SeveralLaunchFilesMayNameIt) {
  Registry registry = fake::make_registry();
  ASSERT_TRUE(parse_launch(launch_with(PLUGIN_GOOD), registry));
  const StageInfo* info = registry.find("acme.extra");
  const auto again = parse_launch(launch_with(PLUGIN_GOOD), registry);
  ASSERT_TRUE(again) << format_diagnostics("f.yaml", again.error());
  EXPECT_EQ(registry.find("acme.extra"), info) << "graphs keep pointers";
}

TEST(LaunchPlugin, OtherInterfaceIsRefusedByBothNumbers) {
  EXPECT_THAT(first_error(launch_with(PLUGIN_OLD)),
              testing::AllOf(testing::StartsWith("f.yaml:1:11: error: plug-in '" PLUGIN_OLD "'"),
                             HasSubstr("built for interface 999, but this program has " + std::to_string(kPluginAbi)),
                             HasSubstr("build it against this version of Weir")));
}

TEST(LaunchPlugin, MissingSymbolIsNamed) {
  EXPECT_THAT(first_error(launch_with(PLUGIN_HALF)), HasSubstr("it has no symbol weir_plugin_register"));
}

TEST(LaunchPlugin, TakenNameIsRefused) {
  EXPECT_THAT(first_error(launch_with(PLUGIN_TWIN)), HasSubstr("could not register its stages"));
}

TEST(LaunchPlugin, ItsPayloadsCanCross) {
  EXPECT_EQ(find_codec("acme.Blob"), nullptr);
  EXPECT_EQ(first_error(launch_with(PLUGIN_SENDER)), "");
  EXPECT_NE(find_codec("acme.Blob"), nullptr);
  EXPECT_EQ(first_error(launch_with(PLUGIN_SENDER)), "") << "the same plug-in in another launch file";
  EXPECT_THAT(first_error(launch_with(PLUGIN_RIVAL)),
              testing::AllOf(testing::StartsWith("f.yaml:1:11: error: plug-in '" PLUGIN_RIVAL "'"),
                             HasSubstr("payload type 'acme.Blob' is added twice")));
  EXPECT_THAT(first_error(launch_with(PLUGIN_TWIN)), HasSubstr("could not register its stages")) << "an earlier reason";
}

TEST(LaunchPlugin, WhatAnotherMachineLacksIsNamedWithTheWayOut) {
  EXPECT_THAT(first_error(launch_with("build/absent.so")),
              testing::AllOf(HasSubstr("plug-in 'build/absent.so': there is no such file"),
                             HasSubstr("build it for this machine"), HasSubstr("--set plugins=[PATH]")));
  EXPECT_THAT(first_error("stages:\n  cam: {use: acme.extra}\n"), HasSubstr("name the plug-in's file under plugins"));
  EXPECT_THAT(first_error("stages:\n  cam: {use: ingest.other}\n"), testing::Not(HasSubstr("plug-in")));
}

}  // namespace
}  // namespace weir
