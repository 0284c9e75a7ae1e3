// SPDX-License-Identifier: Apache-2.0
#include "pipeline/channel/cloud_parts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "pipeline/channel/device_graph.hpp"
#include "pipeline/launch_file.hpp"
#include "pipeline/payload_format.hpp"
#include "tests/pipeline/channel/cloud_stages.hpp"

namespace weir {

template <int N>
struct OwnPayload {};

template <int N>
struct PayloadTraits<OwnPayload<N>> {
  static constexpr std::string_view name = N == 1 ? "acme.Own1" : "acme.Own2";
  static void write(const OwnPayload<N>&, PayloadWriter&) {}
  static Status read(const PayloadReader&, OwnPayload<N>&) { return {}; }
};

}  // namespace weir

namespace weir::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

tl::expected<GraphSpec, std::vector<Diagnostic>> parse(const std::string& stages) {
  Registry copy = cloud_registry();
  // The stages' kinds must outlive the graph.
  static std::vector<std::unique_ptr<Registry>> kept;
  kept.push_back(std::make_unique<Registry>(std::move(copy)));
  return parse_launch("stages:\n  camera: {use: ingest.small}\n" + stages, *kept.back());
}

std::string problem_of(const std::string& stages) {
  const auto spec = parse(stages);
  return spec ? "none" : format_diagnostics("f.yaml", spec.error());
}

TEST(CloudParts, StagesThatFeedEachOtherGoTogether) {
  const auto spec = parse(R"(
  see: {use: infer.see, in: camera, place: cloud}
  count: {use: infer.count, in: see, place: cloud}
  other: {use: infer.see, in: camera, place: cloud}
  follow: {use: track.follow, in: count}
  end: {use: sink.answers, in: follow}
  end2: {use: sink.answers, in: other}
cloud: {workers: [unix:/tmp/a]}
)");
  ASSERT_TRUE(spec) << format_diagnostics("f", spec.error());
  const auto parts = find_cloud_parts(*spec);
  ASSERT_TRUE(parts);
  ASSERT_EQ(parts->size(), 2U);
  const CloudPart& first = parts->front().name == "see" ? parts->front() : parts->back();
  EXPECT_EQ(first.stages.size(), 2U);
  EXPECT_EQ(first.inputs.size(), 1U);
  ASSERT_EQ(first.outputs.size(), 1U);
  EXPECT_EQ(spec->stages[first.outputs[0].stage].name, "count");
  EXPECT_TRUE(first.keeps_state);

  const DeviceGraph device = make_device_graph(*spec, *parts);
  std::vector<std::string> names;
  for (const StageSpec& stage : device.spec.stages) names.push_back(stage.name);
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("camera", "see", "other", "follow", "end", "end2"));
  EXPECT_EQ(device.spec.edges.size(), 5U);
  for (const EdgeSpec& edge : device.spec.edges) EXPECT_LT(edge.from, edge.to);
  EXPECT_EQ(device.spec.stages[device.spec.answer_stage].name, spec->stages[spec->answer_stage].name);
}

TEST(CloudParts, TheFingerprintFollowsWhatIsComputed) {
  const auto print = [&](const std::string& see) {
    const auto spec = parse("  " + see + "\n  end: {use: sink.answers, in: see}\n");
    EXPECT_TRUE(spec) << format_diagnostics("f", spec.error());
    return *fingerprint_of(*spec, find_cloud_parts(*spec)->front());
  };
  const std::string plain = print("see: {use: infer.see, in: camera, place: cloud}");
  EXPECT_EQ(plain.size(), 64U);
  EXPECT_EQ(print("see: {use: infer.see, in: camera, place: cloud, shift: 0, on_error: stop}"), plain);
  EXPECT_NE(print("see: {use: infer.see, in: camera, place: cloud, shift: 1}"), plain);
}

TEST(CloudParts, APathThatSeveralFilesGoOnFromStandsForAllOfThem) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "weir_fingerprint_files";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  const auto write = [&](const char* name, const char* text) { std::ofstream(folder / name) << text; };
  const auto print = [&] {
    const auto spec = parse("  see: {use: infer.see, in: camera, place: cloud, model: " + (folder / "net").string() +
                            "}\n  end: {use: sink.answers, in: see}\n");
    EXPECT_TRUE(spec);
    return *fingerprint_of(*spec, find_cloud_parts(*spec)->front());
  };
  write("net.encoder.onnx", "a");
  write("net_setups.json", "b");
  write("nets.onnx", "c");
  const std::string before = print();
  write("nets.onnx", "d");
  EXPECT_EQ(print(), before) << "not one of them";
  write("net_setups.json", "e");
  EXPECT_NE(print(), before);
}

TEST(CloudParts, AFileThatCannotBeReadIsNamed) {
  const auto spec = parse(
      "  see: {use: infer.see, in: camera, place: cloud, model: /none/such}\n  end: {use: sink.answers, in: see}\n");
  ASSERT_TRUE(spec);
  const auto print = fingerprint_of(*spec, find_cloud_parts(*spec)->front());
  ASSERT_FALSE(print);
  EXPECT_EQ(print.error().code, Code::not_found);
  EXPECT_THAT(print.error().text, AllOf(HasSubstr("see"), HasSubstr("/none/such")));
}

/// Puts out a payload of a plug-in.
template <typename T>
class OwnStage final : public Stage {
 public:
  static constexpr In<Frame> frame{"frame", "to look at"};
  static constexpr Out<T> out{"out", "of a type of its own"};
  static constexpr std::array inputs{frame.info()};
  static constexpr std::array outputs{out.info()};
  static constexpr Execution execution{.concurrency = Concurrency::parallel};
  Status process(Context&) override { return {}; }
};

class OwnSink final : public Stage {
 public:
  static constexpr InAnyOf<> in{"in", "anything"};
  static constexpr std::array inputs{in.info()};
  static constexpr Execution execution{.carries_forward = true};
  Status process(Context&) override { return {}; }
};

/// A graph with a stage of a plug-in in the cloud.
template <typename T>
tl::expected<GraphSpec, std::vector<Diagnostic>> parse_own() {
  static Registry registry = [] {
    Registry made = cloud_registry();
    if (!made.add<OwnStage<T>>("acme.see") || !made.add<OwnSink>("acme.end")) std::terminate();
    return made;
  }();
  return parse_launch(
      "stages:\n  camera: {use: ingest.small}\n  see: {use: acme.see, in: camera, place: cloud}\n"
      "  end: {use: acme.end, in: see}\n  end2: {use: acme.end, in: see}\nanswer: camera\n"
      "cloud: {workers: [unix:/tmp/a]}\n",
      registry);
}

TEST(CloudParts, APluginsPayloadCrossesOnceItSaysHow) {
  const auto before = parse_own<OwnPayload<1>>();
  ASSERT_FALSE(before);
  EXPECT_THAT(format_diagnostics("f.yaml", before.error()),
              AllOf(HasSubstr("f.yaml:3"), HasSubstr("see.out puts out acme.Own1"), HasSubstr("what can: Frame"),
                    HasSubstr("its PayloadTraits need write and read"), HasSubstr("add_payload")));
  ASSERT_TRUE(add_payload<OwnPayload<1>>());
  const auto after = parse_own<OwnPayload<1>>();
  ASSERT_TRUE(after) << format_diagnostics("f.yaml", after.error());
  const DeviceGraph device = make_device_graph(*after, *find_cloud_parts(*after));
  EXPECT_FALSE(device.parts.at(0)->carried_forward) << "no boxes stand for an answer that is none";
}

TEST(CloudParts, AFormatOfAnotherNameIsAnotherService) {
  ASSERT_TRUE(add_payload<OwnPayload<1>>());
  ASSERT_TRUE(add_payload<OwnPayload<2>>());
  const auto one = parse_own<OwnPayload<1>>(), two = parse_own<OwnPayload<2>>();
  ASSERT_TRUE(one && two);
  EXPECT_NE(*fingerprint_of(*one, find_cloud_parts(*one)->front()),
            *fingerprint_of(*two, find_cloud_parts(*two)->front()));
}

TEST(CloudParts, ADetourOverTheDeviceIsRefused) {
  EXPECT_THAT(problem_of(R"(
  see: {use: infer.see, in: camera, place: cloud}
  count: {use: infer.count, in: see}
  again: {use: infer.pair, in: {a: see, b: count}, place: cloud}
  end: {use: sink.answers, in: again}
)"),
              AllOf(HasSubstr("f.yaml:"), HasSubstr("'again'"), HasSubstr("needs count"), HasSubstr("after see")));
}

TEST(CloudParts, StateAndSeveralWorkersDoNotGoTogether) {
  for (const std::string workers : {"workers: [unix:/tmp/a, unix:/tmp/b]", "workers_file: /tmp/a"}) {
    EXPECT_THAT(problem_of(R"(
  see: {use: infer.see, in: camera}
  count: {use: infer.count, in: see, place: cloud}
  end: {use: sink.answers, in: count}
cloud: {)" + workers + "}\n"),
                AllOf(HasSubstr("'count'"), HasSubstr("keeps state"), HasSubstr("one worker only")));
  }
}

TEST(CloudParts, AFallbackMustFit) {
  const auto with = [](const std::string& fallback, const std::string& more = "") {
    return problem_of("  see: {use: infer.see, in: camera, place: cloud, fallback: here}\n  here: " + fallback +
                      "\n  end: {use: sink.answers, in: see}\n" + more);
  };
  EXPECT_EQ(with("{use: infer.see, in: camera}"), "none");
  EXPECT_THAT(with("{use: infer.see, in: camera, place: cloud}"), HasSubstr("must run on the device"));
  EXPECT_THAT(with("{use: infer.count, in: see}"), HasSubstr("reads see.found, which this stage does not read"));
  EXPECT_THAT(with("{use: infer.see, in: camera}", "  end2: {use: sink.answers, in: here}\n"),
              HasSubstr("is read by end2 itself"));
}

}  // namespace
}  // namespace weir::test
