// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/launch_file.hpp"
#include "tests/pipeline/fake_stages.hpp"

namespace weir {
namespace {

using fake::kCamera;
using fake::kChain;
using testing::HasSubstr;

/// A file with one thing wrong: its place and what the message must say.
struct Case {
  std::string name;
  std::string text;
  std::string place;              ///< "line:column", or empty for none
  std::vector<std::string> said;  ///< parts of the message
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

std::string name_of(const testing::TestParamInfo<Case>& info) { return info.param.name; }

class LaunchErrors : public testing::TestWithParam<Case> {};

TEST_P(LaunchErrors, NamePlaceAndCure) {
  Registry registry = fake::make_registry();
  const auto spec = parse_launch(GetParam().text, registry);
  ASSERT_FALSE(spec);
  ASSERT_EQ(spec.error().size(), 1U) << format_diagnostics("f.yaml", spec.error());
  const std::string message = format_diagnostics("f.yaml", spec.error());
  const std::string place = GetParam().place.empty() ? std::string() : ":" + GetParam().place;
  EXPECT_THAT(message, testing::StartsWith("f.yaml" + place + ": error: "));
  for (const std::string& part : GetParam().said) EXPECT_THAT(message, HasSubstr(part));
}

INSTANTIATE_TEST_SUITE_P(
    Top, LaunchErrors,
    testing::Values(
        Case{"UnknownKey",
             kChain + "dedline: 1 s\n",
             "5:1",
             {"unknown key 'dedline'; did you mean 'deadline'?", "known: name,"}},
        Case{"Seed", kChain + "seed: 3\n", "5:1", {"key 'seed' belongs on the command line: --seed N"}},
        Case{"DeadlineUnit",
             kChain + "deadline: 200\n",
             "5:11",
             {"key 'deadline' is '200', but must be a duration with its unit, such as 200 ms"}},
        Case{"DeadlineNegative",
             kChain + "deadline: -5 ms\n",
             "5:11",
             {"'-5 ms', but must be a duration", "of at least 1 us"}},
        Case{"DeadlineZero", kChain + "deadline: 0 ms\n", "5:11", {"of at least 1 us"}},
        Case{"Name", kChain + "name: 3d\n", "5:7", {"key 'name' is '3d', but must begin with a letter"}},
        Case{"Threads",
             kChain + "threads: many\n",
             "5:10",
             {"key 'threads' is 'many', but must be an integer from 0 to 1024"}},
        Case{"MetricsKey",
             kChain + "metrics: {lisen: 127.0.0.1:1}\n",
             "5:11",
             {"key 'metrics': unknown key 'lisen'; did you mean 'listen'?"}},
        Case{"MetricsOpen",
             kChain + "metrics: {listen: 0.0.0.0:9464}\n",
             "5:19",
             {"'0.0.0.0:9464', which other machines can reach", "neither TLS nor authentication",
              "listen on 127.0.0.1"}},
        Case{"MetricsLookalike",
             kChain + "metrics: {listen: 127.0.0.1.evil.org:9464}\n",
             "5:19",
             {"which other machines can reach"}},
        Case{"MetricsPort",
             kChain + "metrics: {listen: 127.0.0.1:99999}\n",
             "5:19",
             {"must be HOST:PORT with a port up to 65535"}},
        Case{"MetricsKind",
             kChain + "metrics: 9464\n",
             "5:10",
             {"key 'metrics' is '9464', but must be a map with listen"}},
        Case{"Workers",
             kChain + "cloud: {workers: [worker-1]}\n",
             "5:18",
             {"cloud: address \"worker-1\"", "tls://HOST:PORT"}},
        Case{"WorkersInClear",
             kChain + "cloud: {workers: [\"tcp://192.0.2.1:7440\"]}\n",
             "5:18",
             {"cloud: will not connect to tcp://192.0.2.1:7440", "write tls://192.0.2.1:7440", "make-certs"}},
        Case{"Accuracy",
             kChain + "accuracy: {frames: -1}\n",
             "5:20",
             {"accuracy: key 'frames' is '-1', but must be an integer from 0"}},
        Case{"NoStages",
             "name: empty\n",
             "1:1",
             {"key 'stages' is missing, but must be a map from stage names to stages"}},
        Case{"EmptyStages", "stages: {}\n", "1:9", {"key 'stages' is a map"}},
        Case{"EmptyFile", "", "", {"the launch file is nothing, but must be a map with at least the key 'stages'"}},
        Case{"NotAMap", "- a\n- b\n", "1:1", {"the launch file is a list"}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Yaml, LaunchErrors,
    testing::Values(
        Case{"Syntax", "stages:\n  cam: {use: [\n", "3:1", {"YAML syntax: "}},
        Case{"Tab", "stages:\n\tcam: x\n", "2:5", {"YAML syntax: "}},
        Case{"Twin",
             kChain + "  cam: {use: ingest.fake, path: q}\n",
             "5:3",
             {"key 'cam' is given twice, first in line 2"}},
        Case{
            "TwinKey", "stages:\n  cam: {use: ingest.fake, path: p, path: q}\n", "2:36", {"key 'path' is given twice"}},
        Case{"Alias",
             "name: &a x\ncloud: *a\n",
             "2:8",
             {"aliases (*name) are not supported in a launch file; write the value out"}},
        Case{"Deep", "a: " + std::string(40, '[') + std::string(40, ']'), "1:35", {"nested deeper than 32 levels"}},
        Case{"Control", "name: a\nfoo: \x04x\n", "2:6", {"byte 4 is a control character or no UTF-8"}},
        Case{"Latin1", "name: caf\xE9\n", "1:10", {"byte 233", "save the file as UTF-8"}},
        Case{"Large", std::string(1'000'001, ' '), "", {"1000001 bytes", "at most 1000000"}},
        Case{"Many", "a: [" + std::string(300'000, ','), "1:100002", {"more than 100000 values; split the file"}},
        Case{"TwoDocuments", kChain + "---\nname: b\n", "6:1", {"a second YAML document begins here"}},
        Case{"MapAsKey", "{[a, b]: 1}\n", "1:2", {"a key must be a plain text, but here it is a list"}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Stages, LaunchErrors,
    testing::Values(
        Case{"Use",
             "stages:\n  cam: {use: ingest.fakes, path: p}\n",
             "2:14",
             {"stage 'cam': key 'use': there is no kind of stage 'ingest.fakes'; did you mean 'ingest.fake'?"}},
        Case{"NoUse",
             kChain + "  x: {in: cam}\n",
             "5:3",
             {"stage 'x': key 'use' is missing", "infer.fake, ingest.fake"}},
        Case{"NotAMap",
             kChain + "  x: cam\n",
             "5:3",
             {"stage 'x': it is 'cam', but must be a map with at least the key 'use'"}},
        Case{"Name",
             kCamera + "  2d: {use: infer.fake, in: cam}\n",
             "3:3",
             {"stage '2d': the name must begin with a letter"}},
        Case{"Parameter",
             "stages:\n  cam: {use: ingest.fake, pathh: p, path: q}\n",
             "2:27",
             {"stage 'cam': unknown key 'pathh'; did you mean 'path'?", "known: path, fps, use, in"}},
        Case{"NestedParameter",
             kCamera + "  d: {use: infer.fake, in: cam, lrc: {scal: 1}}\n",
             "3:39",
             {"stage 'd': unknown key 'lrc.scal'; did you mean 'lrc.scale'?"}},
        Case{"GroupAsValue",
             kCamera + "  d: {use: infer.fake, in: cam, lrc: 3}\n",
             "3:38",
             {"key 'lrc' is '3', but must be a map with lrc.scale, lrc.every"}},
        Case{"GivenTwice",
             kCamera + "  d: {use: infer.fake, in: cam, lrc.scale: 1, lrc: {scale: 2}}\n",
             "3:53",
             {"parameter 'lrc.scale' is given twice"}},
        Case{"Missing",
             "stages:\n  cam: {use: ingest.fake}\n",
             "2:3",
             {"stage 'cam': parameter 'path' is missing; give it a path: file to read"}},
        Case{"Range",
             "stages:\n  cam: {use: ingest.fake, path: p, fps: 500}\n",
             "2:41",
             {"stage 'cam': parameter 'fps' is '500', but must be a number from 1 1/s to 120 1/s"}},
        Case{"Choice",
             kCamera + "  d: {use: infer.fake, in: cam, precision: f31}\n",
             "3:44",
             {"parameter 'precision' is 'f31', but must be one of f32, bf16, int8; did you mean 'f32'?"}},
        Case{"Type",
             kCamera + "  d: {use: infer.fake, in: cam, score: [1]}\n",
             "3:40",
             {"parameter 'score' is a list, but must be a number from 0 to 1"}},
        Case{"Place",
             kCamera + "  d: {use: infer.fake, in: cam, place: clod}\n",
             "3:40",
             {"stage 'd': key 'place' is 'clod', but must be one of device, cloud; did you mean 'cloud'?"}},
        Case{"OnError",
             kCamera + "  d: {use: infer.fake, in: cam, on_error: panic}\n",
             "3:43",
             {"key 'on_error' is 'panic', but must be one of drop, stop"}},
        Case{"Parallel",
             kChain + "  t2: {use: track.fake, in: det, parallel: 4}\n",
             "5:44",
             {"stage 't2': key 'parallel' is '4', but track.fake makes one call at a time", "remove the key"}},
        Case{"Batch",
             kChain + "  t2: {use: track.fake, in: det, batch: 4}\n",
             "5:41",
             {"key 'batch' is '4', but track.fake takes one frame per call"}},
        Case{"CloudSource",
             "stages:\n  cam: {use: ingest.fake, path: p, place: cloud}\n",
             "2:43",
             {"ingest.fake is a source and runs on the device"}},
        Case{"Fallback",
             kCamera + "  d: {use: infer.fake, in: cam, place: cloud, fallback: dd}\n",
             "3:57",
             {"key 'fallback': there is no stage 'dd'"}},
        Case{"FallbackOnDevice",
             kCamera + "  d: {use: infer.fake, in: cam, fallback: cam}\n",
             "3:43",
             {"the stage runs on the device; remove the key or set place: cloud"}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Inputs, LaunchErrors,
    testing::Values(
        Case{"Stage",
             kCamera + "  d: {use: infer.fake, in: camm}\n",
             "3:28",
             {"stage 'd': input 'frame': there is no stage 'camm'; did you mean 'cam'?"}},
        Case{"Output",
             kCamera + "  d: {use: infer.fake, in: cam.frames}\n",
             "3:28",
             {"stage 'cam' (ingest.fake) has no output 'frames'; did you mean 'frame'?"}},
        Case{"Input",
             kCamera + "  d: {use: infer.fake, in: {fram: cam}}\n",
             "3:29",
             {"stage 'd': infer.fake has no input 'fram'; did you mean 'frame'?", "known: frame, regions"}},
        Case{"NoOutputs",
             kChain + "  s: {use: sink.fake, in: trk}\n  d: {use: infer.fake, in: s}\n",
             "6:28",
             {"stage 's' (sink.fake) has no outputs"}},
        Case{"Unconnected",
             kCamera + "  d: {use: infer.fake}\n",
             "3:3",
             {"stage 'd': input 'frame' is required but not connected; it takes Frame; outputs that fit: cam.frame"}},
        Case{"TypeMismatch",
             kCamera + "  t: {use: track.fake, in: cam}\n",
             "3:28",
             {"stage 't': input 'detections': it takes Detections, but cam.frame puts out Frame",
              "no stage of this file puts that out"}},
        Case{"Several",
             kChain + "  j: {use: merge.fake, in: cam}\n",
             "5:28",
             {"merge.fake has several inputs; write in: {PORT: STAGE, ...} with frame, tracks"}},
        Case{"SourceWithInput",
             "stages:\n  cam: {use: ingest.fake, path: p, in: cam}\n",
             "2:40",
             {"ingest.fake has no inputs; remove the key"}},
        Case{"Twice",
             kCamera + "  d: {use: infer.fake, in: [cam, cam.frame]}\n",
             "3:34",
             {"'cam.frame' is connected twice"}},
        Case{"BadForm",
             kCamera + "  d: {use: infer.fake, in: []}\n",
             "3:28",
             {"input 'frame' is a list, but must be STAGE, STAGE.PORT"}},
        Case{"NoFrom",
             kCamera + "  d: {use: infer.fake, in: {frame: {feedback: newest}}}\n",
             "3:36",
             {"key 'from' is missing, but must be STAGE or STAGE.PORT"}},
        Case{"Feedback",
             kChain + "  p: {use: propose.fake, in: {frame: cam, tracks: {from: trk, feedback: newer}}}\n",
             "5:73",
             {"key 'feedback' is 'newer', but must be newest, lag, or {lag: FRAMES}"}},
        Case{"LagAlone",
             kChain + "  p: {use: propose.fake, in: {frame: cam, tracks: {from: trk, lag: 2}}}\n",
             "5:68",
             {"key 'lag' needs feedback: lag"}},
        Case{"Lag",
             kChain + "  p: {use: propose.fake, in: {frame: cam, tracks: {from: trk, feedback: {lag: 0}}}}\n",
             "5:79",
             {"key 'lag' is '0', but must be an integer from 1 to 1000"}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Edges, LaunchErrors,
    testing::Values(
        Case{"NoSuchEdge",
             kChain + "edges:\n  cam->trk: {capacity: 1}\n",
             "6:3",
             {"edges: there is no edge 'cam->trk'", "known: cam->det, det->trk"}},
        Case{"Form", kChain + "edges: {cam: {capacity: 1}}\n", "5:9", {"key 'cam' must be FROM->TO"}},
        Case{"Key",
             kChain + "edges: {cam->det: {capacty: 1}}\n",
             "5:20",
             {"edges: 'cam->det': unknown key 'capacty'; did you mean 'capacity'?"}},
        Case{"Capacity",
             kChain + "edges: {cam->det: {capacity: 0}}\n",
             "5:30",
             {"edge 'cam.frame -> det.frame': key 'capacity' is '0', but must be an integer from 1 to 65536"}},
        Case{"Policy",
             kChain + "edges: {cam->det: {when_full: drop}}\n",
             "5:31",
             {"key 'when_full' is 'drop', but must be one of wait, drop_oldest, drop_newest, deadline"}},
        Case{"DeadlinePolicy",
             kChain + "edges: {cam->det: {when_full: deadline}}\n",
             "5:31",
             {"but the launch file has no deadline; add deadline: 200 ms"}},
        Case{"Twice",
             kChain + "edges: {cam->det: {capacity: 1}, cam.frame->det.frame: {capacity: 2}}\n",
             "5:34",
             {"sets edge 'cam.frame -> det.frame' once more"}},
        Case{"Value",
             kChain + "edges: {cam->det: 3}\n",
             "5:19",
             {"edges: key 'cam->det' is '3', but must be a map with capacity, when_full"}},
        Case{"FeedbackPolicy",
             kCamera + "  p: {use: propose.fake, in: {frame: cam, tracks: {from: t, feedback: newest}}}\n  d: {use: "
                       "infer.fake, in: {frame: cam, regions: p}}\n  t: {use: track.fake, in: d}\nedges: {t->p: "
                       "{capacity: 2}}\n",
             "6:9",
             {"edge 't.tracks -> p.tracks': a feedback edge", "remove its entry"}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Graph, LaunchErrors,
    testing::Values(
        Case{"Cycle",
             kCamera + "  p: {use: propose.fake, in: {frame: cam, tracks: t}}\n  d: {use: infer.fake, in: {frame: cam, "
                       "regions: p}}\n  t: {use: track.fake, in: d}\n",
             "3:51",
             {"the stages p -> d -> t -> p feed each other in a cycle", "in: {tracks: {from: t, feedback: newest}}"}},
        Case{"NoSource",
             "stages:\n  s: {use: propose.fake, in: {frame: s}}\n",
             "2:38",
             {"it takes Frame, but s.regions puts out Regions"}},
        Case{"Streams",
             kChain + "  cam2: {use: ingest.fake, path: q}\n  j: {use: merge.fake, in: {frame: cam2, tracks: "
                      "trk}}\nanswer: j\n",
             "6:3",
             {"stage 'j': input 'frame' carries streams cam2, but input 'tracks' carries cam", "would wait for ever"}},
        Case{"SameStreamTwice",
             kChain + "  d2: {use: infer.fake, in: cam}\n  t2: {use: track.fake, in: [det, d2]}\n",
             "6:35",
             {"stage 't2': input 'detections' gets stream cam more than once, the second time from 'd2'"}},
        Case{"FeedbackOnly",
             kCamera + "  p: {use: propose.fake, in: {frame: cam}}\n  d: {use: infer.fake, in: {frame: cam, regions: "
                       "p}}\n  t: {use: track.fake, in: {from: d, feedback: newest}}\n",
             "5:3",
             {"stage 't': nothing but feedback feeds it, so it would never run"}},
        Case{"NeverBegins",
             kCamera + "  j: {use: merge.fake, in: {frame: cam, tracks: {from: t, feedback: newest}}}\n  t: {use: "
                       "track.fake, in: j}\n",
             "3:56",
             {"stage 'j': input 'tracks' is required, but its feedback from 't' begins only after the stage has run"}},
        Case{"Answer",
             kChain + "answer: det.boxes\n",
             "5:9",
             {"key 'answer': stage 'det' (infer.fake) has no output 'boxes'"}},
        Case{"Provisional",
             kChain + "provisional: det.boxes\n",
             "5:14",
             {"key 'provisional': stage 'det' (infer.fake) has no output 'boxes'"}},
        Case{"ProvisionalOfTheCloud",
             kCamera + "  det: {use: infer.fake, in: cam, place: cloud}\n  trk: {use: track.fake, in: det}\n" +
                 "provisional: det\n",
             "5:14",
             {"key 'provisional': stage det runs in the cloud"}},
        Case{"NoAnswer", kCamera + "  s: {use: sink.none}\n", "3:12", {"no kind of stage 'sink.none'"}},
        Case{"AnswerMissesACamera",
             kChain + "  cam2: {use: ingest.fake, path: q}\n  s: {use: sink.fake, in: trk}\n",
             "4:3",
             {"the answers come from trk.tracks, which carries nothing of stream cam2"}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Plugins, LaunchErrors,
    testing::Values(
        Case{"Missing", kChain + "plugins: [no/such.so]\n", "5:11", {"plug-in 'no/such.so': there is no such file"}},
        Case{"NotALibrary", kChain + "plugins: [README.md]\n", "5:11", {"plug-in 'README.md': "}}),
    name_of);

}  // namespace
}  // namespace weir
