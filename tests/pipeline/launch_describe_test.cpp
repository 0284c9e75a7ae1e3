// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "pipeline/launch/describe.hpp"
#include "pipeline/launch_file.hpp"
#include "pipeline/runtime.hpp"
#include "tests/pipeline/fake_stages.hpp"

namespace weir {
namespace {

using testing::HasSubstr;

TEST(Describe, StageAsText) {
  const Registry registry = fake::make_registry();
  EXPECT_EQ(describe_stage(*registry.find("infer.fake")), R"(infer.fake
  A model that finds nothing.
  Several calls at once with `parallel`; results keep their order. Several frames per call with `batch`.

Inputs
  frame    Frame              image to search
  regions  Regions, optional  where to look

Outputs
  detections  Detections  boxes

Parameters
  score      number from 0 to 1; default 0.3                  least score (live)
  precision  f32, bf16, int8; default f32                     arithmetic
  lrc.scale  number; default 0.4                              size of the low-resolution frame
  lrc.every  integer of at least 1 frames; default 5          frames between two
  patience   duration from 0 s to 10 s; default 200 ms        time to wait
  classes    list of texts; default [car, bus]                to keep
  mean       list of numbers from 0 to 255; default [0, 0.5]  to subtract
  verbose    true or false; default false                     say more
)");
  EXPECT_THAT(describe_stage(*registry.find("ingest.fake")), HasSubstr("path  path, required"));
}

TEST(Describe, AllStages) {
  const Registry registry = fake::make_registry();
  EXPECT_THAT(describe_stages(registry), testing::StartsWith("  infer.fake    A model that finds nothing.\n"));
}

TEST(Describe, StageAsJson) {
  const Registry registry = fake::make_registry();
  const auto json = nlohmann::json::parse(stage_json(*registry.find("infer.fake")));
  EXPECT_EQ(json["name"], "infer.fake");
  EXPECT_EQ(json["inputs"][1]["optional"], true);
  EXPECT_EQ(json["inputs"][1]["types"][0], "Regions");
  EXPECT_EQ(json["params"][1]["choices"][2], "int8");
  EXPECT_EQ(json["params"][4]["default"], "200 ms");
  EXPECT_EQ(json["concurrency"], "parallel");
  EXPECT_EQ(nlohmann::json::parse(stages_json(registry)).size(), 6U);
}

TEST(Describe, SchemaHoldsKeysAndParameters) {
  const Registry registry = fake::make_registry();
  const auto schema = nlohmann::json::parse(launch_schema(registry));
  EXPECT_EQ(schema["additionalProperties"], false);
  for (const char* key :
       {"name", "deadline", "plugins", "threads", "stages", "edges", "answer", "cloud", "accuracy", "metrics"}) {
    EXPECT_TRUE(schema["properties"].contains(key)) << key;
  }
  const auto& kinds = schema["properties"]["stages"]["additionalProperties"]["allOf"];
  ASSERT_EQ(kinds.size(), 6U);
  const auto& detect = kinds[0]["then"]["properties"];
  EXPECT_EQ(kinds[0]["if"]["properties"]["use"]["const"], "infer.fake");
  EXPECT_EQ(detect["lrc"]["properties"]["every"]["minimum"], 1);
  EXPECT_EQ(detect["precision"]["enum"].size(), 3U);
  EXPECT_EQ(kinds[1]["then"]["required"], nlohmann::json({"use", "path"}));
}

TEST(Describe, ReferenceNamesEverything) {
  const Registry registry = fake::make_registry();
  const std::string page = launch_reference(registry);
  for (const char* part :
       {"| `deadline` | duration", "`metrics.listen`", "| `when_full` |", "## infer.fake", "`lrc.every`",
        "| input, optional | `regions` | Regions | where to look |", "| `path` | path | required | file to read |"}) {
    EXPECT_THAT(page, HasSubstr(part));
  }
}

TEST(Dot, ShowsStagesEdgesAndFeedback) {
  Registry registry = fake::make_registry();
  const auto spec = parse_launch(R"(
name: loop
stages:
  cam: {use: ingest.fake, path: p}
  pro: {use: propose.fake, in: {frame: cam, tracks: {from: trk, feedback: {lag: 2}}}}
  det: {use: infer.fake, in: {frame: cam, regions: pro}, place: cloud}
  trk: {use: track.fake, in: det}
edges: {cam->det: {capacity: 2, when_full: drop_oldest}}
)",
                                 registry);
  ASSERT_TRUE(spec) << format_diagnostics("f.yaml", spec.error());
  const std::string dot = to_dot(*spec);
  EXPECT_THAT(dot, testing::StartsWith("digraph \"loop\" {"));
  EXPECT_THAT(dot, HasSubstr("\"det\" [label=\"det\\ninfer.fake\", style=dashed];"));
  EXPECT_THAT(dot, HasSubstr("\"trk\" [label=\"trk\\ntrack.fake\", peripheries=2];"));
  EXPECT_THAT(dot, HasSubstr("\"cam\" -> \"det\" [label=\"frame, 2 drop_oldest\"];"));
  EXPECT_THAT(dot, HasSubstr("\"trk\" -> \"pro\" [label=\"tracks, lag 2\", style=dotted, constraint=false];"));
}

}  // namespace
}  // namespace weir
