// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/launch_file.hpp"
#include "tests/pipeline/fake_stages.hpp"

namespace weir {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class LaunchGraphTest : public testing::Test {
 protected:
  GraphSpec graph(std::string_view text, const std::vector<Override>& overrides = {}) {
    auto spec = parse_launch(text, registry, overrides);
    if (spec) return *std::move(spec);
    ADD_FAILURE() << format_diagnostics("test.yaml", spec.error());
    return {};
  }
  Registry registry = fake::make_registry();
};

std::vector<std::string> names(const GraphSpec& spec) {
  std::vector<std::string> names;
  for (const StageSpec& stage : spec.stages) names.push_back(stage.name);
  return names;
}

const EdgeSpec& edge(const GraphSpec& spec, std::string_view name) {
  for (const EdgeSpec& each : spec.edges) {
    if (each.name == name) return each;
  }
  ADD_FAILURE() << "no edge " << name;
  return spec.edges.front();
}

constexpr std::string_view kFull = R"(
name: full
deadline: 200 ms
threads: 2
stages:
  results: {use: sink.fake, in: track}
  track:   {use: track.fake, in: detect, on_error: stop}
  detect:
    use: infer.fake
    in: {frame: camera, regions: propose}
    score: 0.5
    precision: int8
    lrc: {scale: 0.25}
    patience: 1.5 s
    classes: [car, "van"]
    mean: [1, 2.5]
    parallel: 3
    batch: 8
    batch_timeout: 20 ms
    place: cloud
    fallback: spare
  propose: {use: propose.fake, in: {frame: camera, tracks: {from: track, feedback: newest}}}
  camera:  {use: ingest.fake, path: some/where}
  spare:   {use: infer.fake, in: camera}
edges:
  camera -> detect: {capacity: 2, when_full: drop_oldest}
  detect.detections->track.detections: {when_full: deadline}
cloud: {workers: [tls://a:1, tls://b:2], workers_file: site/workers.txt}
metrics: {listen: "127.0.0.1:9464"}
accuracy: {frames: 10}
)";

TEST_F(LaunchGraphTest, ReadsEverything) {
  const GraphSpec spec = graph(kFull);
  EXPECT_EQ(spec.name, "full");
  EXPECT_EQ(spec.deadline, std::chrono::milliseconds(200));
  EXPECT_EQ(spec.threads, 2);
  EXPECT_EQ(spec.accuracy_frames, 10);
  EXPECT_EQ(spec.metrics_listen, "127.0.0.1:9464");
  EXPECT_THAT(spec.cloud.workers, ElementsAre("tls://a:1", "tls://b:2"));
  EXPECT_EQ(spec.cloud.workers_file, "site/workers.txt");
  EXPECT_TRUE(spec.cloud.remote());
  EXPECT_FALSE(CloudSpec{}.remote());
  EXPECT_THAT(names(spec), ElementsAre("camera", "propose", "detect", "track", "results", "spare"));
  ASSERT_EQ(spec.streams.size(), 1U);
  EXPECT_EQ(spec.streams[0].name, "camera");
  EXPECT_EQ(spec.streams[0].source, 0U);
  EXPECT_EQ(spec.answer_stage, 3U);
  EXPECT_EQ(spec.answer_port, 0U);
}

TEST_F(LaunchGraphTest, ReadsStages) {
  const GraphSpec spec = graph(kFull);
  const StageSpec& detect = spec.stages[2];
  EXPECT_EQ(detect.parallel, 3);
  EXPECT_EQ(detect.batch, 8);
  EXPECT_EQ(detect.batch_timeout, std::chrono::milliseconds(20));
  EXPECT_EQ(detect.place, Place::cloud);
  EXPECT_EQ(detect.fallback, "spare");
  EXPECT_TRUE(spec.stages[3].stop_on_error);
  EXPECT_FALSE(detect.stop_on_error);
  EXPECT_THAT(detect.values,
              ElementsAre(ParamValue(0.5), ParamValue(std::string("int8")), ParamValue(0.25),
                          ParamValue(std::int64_t{5}), ParamValue(Duration(std::chrono::milliseconds(1500))),
                          ParamValue(std::vector<std::string>{"car", "van"}), ParamValue(std::vector<double>{1, 2.5}),
                          ParamValue(false)));
  EXPECT_THAT(detect.given, ElementsAre(true, true, true, false, true, true, true, false));
  EXPECT_EQ(spec.stages[0].values[0], ParamValue(Path{"some/where"}));
}

TEST_F(LaunchGraphTest, ReadsEdges) {
  const GraphSpec spec = graph(kFull);
  ASSERT_EQ(spec.edges.size(), 7U);
  const EdgeSpec& to_detect = edge(spec, "camera.frame -> detect.frame");
  EXPECT_EQ(to_detect.from, 0U);
  EXPECT_EQ(to_detect.to, 2U);
  EXPECT_EQ(to_detect.capacity, 2);
  EXPECT_EQ(to_detect.policy, EdgePolicy::drop_oldest);
  EXPECT_THAT(to_detect.streams, ElementsAre(0U));
  const EdgeSpec& regions = edge(spec, "propose.regions -> detect.regions");
  EXPECT_EQ(regions.to_port, 1U);
  EXPECT_EQ(regions.capacity, 4);
  EXPECT_EQ(regions.policy, EdgePolicy::wait);
  EXPECT_EQ(edge(spec, "detect.detections -> track.detections").policy, EdgePolicy::deadline);
  const EdgeSpec& feedback = edge(spec, "track.tracks -> propose.tracks");
  EXPECT_EQ(feedback.feedback, FeedbackKind::newest);
  EXPECT_THAT(feedback.streams, ElementsAre(0U));
}

TEST_F(LaunchGraphTest, ReadsFeedbackInAllItsForms) {
  const auto lag_of = [&](const std::string& form) {
    const GraphSpec spec =
        graph("stages:\n  c: {use: ingest.fake, path: p}\n  p: {use: propose.fake, in: {frame: c, tracks: " + form +
              "}}\n  d: {use: infer.fake, in: {frame: c, regions: p}}\n  t: {use: track.fake, in: d}\n");
    const EdgeSpec& found = edge(spec, "t.tracks -> p.tracks");
    return std::pair(found.feedback, found.lag);
  };
  EXPECT_EQ(lag_of("{from: t, feedback: newest}"), std::pair(FeedbackKind::newest, 1));
  EXPECT_EQ(lag_of("{from: t.tracks, feedback: lag}"), std::pair(FeedbackKind::lag, 1));
  EXPECT_EQ(lag_of("{from: t, feedback: lag, lag: 3}"), std::pair(FeedbackKind::lag, 3));
  EXPECT_EQ(lag_of("{from: t, feedback: {lag: 2}}"), std::pair(FeedbackKind::lag, 2));
}

TEST_F(LaunchGraphTest, CamerasMeetAtOneInput) {
  const GraphSpec spec = graph(R"(
stages:
  left:   {use: ingest.fake, path: a}
  detect: {use: infer.fake, in: [left, right.frame]}
  right:  {use: ingest.fake, path: b}
  out:    {use: sink.fake, in: detect}
)");
  EXPECT_THAT(names(spec), ElementsAre("left", "right", "detect", "out"));
  ASSERT_EQ(spec.streams.size(), 2U);
  EXPECT_EQ(spec.streams[1].name, "right");
  EXPECT_EQ(spec.streams[1].source, 1U);
  EXPECT_THAT(edge(spec, "left.frame -> detect.frame").streams, ElementsAre(0U));
  EXPECT_THAT(edge(spec, "right.frame -> detect.frame").streams, ElementsAre(1U));
  EXPECT_THAT(edge(spec, "detect.detections -> out.anything").streams, ElementsAre(0U, 1U));
}

TEST_F(LaunchGraphTest, ChoosesTheAnswer) {
  const std::string stages =
      "stages:\n  c: {use: ingest.fake, path: p}\n  d: {use: infer.fake, in: c}\n  t: {use: track.fake, in: d}\n";
  const auto answer = [&](const std::string& text) {
    const GraphSpec spec = graph(text);
    return spec.stages[spec.answer_stage].name;
  };
  EXPECT_EQ(answer(stages), "t");
  EXPECT_EQ(answer(stages + "answer: d"), "d");
  EXPECT_EQ(answer(stages + "answer: d.detections"), "d");
  EXPECT_EQ(answer(stages + "  s1: {use: sink.fake, in: d}\n  s2: {use: sink.fake, in: t}\n"), "d");
}

TEST_F(LaunchGraphTest, KnowsWhatAnswersEarly) {
  const std::string stages =
      "stages:\n  t: {use: track.fake, in: d}\n  d: {use: infer.fake, in: c}\n  c: {use: ingest.fake, path: p}\n"
      "answer: t\n";
  EXPECT_FALSE(graph(stages).provisional_stage);
  const GraphSpec spec = graph(stages + "provisional: d\n");
  ASSERT_TRUE(spec.provisional_stage);
  EXPECT_EQ(spec.stages[*spec.provisional_stage].name, "d") << "in whatever order stages are sorted";
}

TEST_F(LaunchGraphTest, OverridesWin) {
  const GraphSpec spec = graph(kFull, {{"stages.camera.path", "/else where"},
                                       {"stages.detect.lrc.every", "9"},
                                       {"stages.detect.classes", "[truck]"},
                                       {"edges.camera->detect.capacity", "7"},
                                       {"edges.propose.regions->detect.regions.when_full", "drop_newest"},
                                       {"accuracy.frames", "0"},
                                       {"deadline", "1 s"}});
  EXPECT_EQ(spec.stages[0].values[0], ParamValue(Path{"/else where"}));
  EXPECT_EQ(spec.stages[2].values[2], ParamValue(0.25));
  EXPECT_EQ(spec.stages[2].values[3], ParamValue(std::int64_t{9}));
  EXPECT_EQ(spec.stages[2].values[5], ParamValue(std::vector<std::string>{"truck"}));
  EXPECT_EQ(spec.accuracy_frames, 0);
  EXPECT_EQ(spec.deadline, std::chrono::seconds(1));
  EXPECT_EQ(edge(spec, "propose.regions -> detect.regions").policy, EdgePolicy::drop_newest);
  EXPECT_THAT(spec.config_text, HasSubstr("path: /else where\n"));
}

TEST_F(LaunchGraphTest, EffectiveConfigurationReadsBackAsItself) {
  const GraphSpec spec = graph(kFull, {{"stages.camera.path", "\"odd: [text] # 'no comment'\\n\""}});
  const GraphSpec again = graph(spec.config_text);
  EXPECT_EQ(again.config_text, spec.config_text);
  EXPECT_EQ(again.config_sha256, spec.config_sha256);
  EXPECT_EQ(again.stages[0].values, spec.stages[0].values);
  EXPECT_EQ(again.stages[2].values, spec.stages[2].values);
  EXPECT_EQ(spec.config_sha256.size(), 64U);
}

TEST_F(LaunchGraphTest, HashFollowsMeaningOnly) {
  const std::string hash = graph("name: a\nstages:\n  c: {use: ingest.fake, path: p}  # comment\n").config_sha256;
  EXPECT_EQ(graph("stages: {c: {use: \"ingest.fake\", path: p}}\nname: a\n").config_sha256, hash);
  EXPECT_NE(graph("stages: {c: {use: ingest.fake, path: q}}\nname: a\n").config_sha256, hash);
}

TEST_F(LaunchGraphTest, ReadsValuesOfEveryType) {
  const auto param = [&](std::string_view name) -> const ParamInfo& {
    for (const ParamInfo& each : registry.find("infer.fake")->params) {
      if (each.spec.name == name) return each;
    }
    return registry.find("infer.fake")->params.front();
  };
  EXPECT_EQ(parse_param(param("patience"), "30 us").value(), ParamValue(Duration(30'000)));
  EXPECT_EQ(parse_param(param("patience"), "30us").value(), ParamValue(Duration(30'000)));
  EXPECT_EQ(parse_param(param("patience"), "0.1 min").value(), ParamValue(Duration(std::chrono::seconds(6))));
  EXPECT_EQ(parse_param(param("patience"), "0").value(), ParamValue(Duration(0)));
  EXPECT_EQ(parse_param(param("score"), "1e-1").value(), ParamValue(0.1));
  EXPECT_EQ(parse_param(param("verbose"), "on").value(), ParamValue(true));
  EXPECT_EQ(parse_param(param("classes"), "car").value(), ParamValue(std::vector<std::string>{"car"}));
  for (const auto& [name, text] :
       std::vector<std::pair<std::string, std::string>>{{"patience", "5"},
                                                        {"patience", "5 sec"},
                                                        {"patience", "11 s"},
                                                        {"patience", "1e300 s"},
                                                        {"score", "nan"},
                                                        {"score", "0.5x"},
                                                        {"lrc.every", "1.5"},
                                                        {"lrc.every", "99999999999999999999"},
                                                        {"verbose", "maybe"},
                                                        {"mean", "[1, 300]"},
                                                        {"classes", "[a, [b]]"},
                                                        {"precision", "{"}}) {
    EXPECT_FALSE(parse_param(param(name), text)) << name << " = " << text;
  }
}

}  // namespace
}  // namespace weir
