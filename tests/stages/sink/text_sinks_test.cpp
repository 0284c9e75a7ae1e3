// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "kernels/eval/kitti_format.hpp"
#include "stages/sink/frame_json.hpp"
#include "stages/sink/output_file.hpp"
#include "tests/stages/sink/sink_samples.hpp"

namespace weir {
namespace {

using std::string;
using testing::EndsWith;
using testing::HasSubstr;

const Track kCar{{10, 20, 50.5F, 60}, 0.912345F, 1, 3, 7, 0};
const Track kLostPerson{{1, 2, 3, 4}, 0.5F, 0, 4, 9, 2};

TEST(SinkJsonl, WritesOneLinePerFrame) {
  const TempDir folder;
  StageHarness harness(sinks(), "sink.jsonl", {{"path", folder / "new/folder/out.jsonl"}});
  ASSERT_TRUE(harness.open());
  harness.feed("in", tracks({kCar, kLostPerson}));
  ASSERT_TRUE(harness.run());
  harness.clock().advance(std::chrono::microseconds(100500));
  harness.feed("in", detections({{{0, 0, 1, 1}, 0.25F, 3}, {{0, 0, 1, 1}, 0.25F, 99}}));
  ASSERT_TRUE(harness.run());
  ASSERT_TRUE(harness.close());
  EXPECT_EQ(read_text(folder / "new/folder/out.jsonl"),
            R"({"stream":"camera","frame":0,"capture_ms":0.000,"outcome":"full","objects":[)"
            R"({"class":"car","score":0.912345,"box":[10.000,20.000,50.500,60.000],"id":3},)"
            R"({"class":"person","score":0.500000,"box":[1.000,2.000,3.000,4.000],"id":4,"missed":2}]})"
            "\n"
            R"({"stream":"camera","frame":1,"capture_ms":100.500,"outcome":"full","objects":[)"
            R"({"class":"traffic \"light\"","score":0.250000,"box":[0.000,0.000,1.000,1.000]},)"
            R"({"class":"unknown","score":0.250000,"box":[0.000,0.000,1.000,1.000]}]})"
            "\n");
}

TEST(SinkJsonl, TellsWhenAnAnswerCameIfAsked) {
  const TempDir folder;
  StageHarness harness(sinks(), "sink.jsonl", {{"path", folder / "out.jsonl"}, {"published", "true"}});
  ASSERT_TRUE(harness.open());
  harness.feed("in", tracks({}));
  harness.clock().advance(std::chrono::milliseconds(42));
  ASSERT_TRUE(harness.run());
  EXPECT_THAT(read_text(folder / "out.jsonl"), HasSubstr(R"("capture_ms":0.000,"published_ms":42.000,)"));
}

TEST(SinkJsonl, MarksAnswersThatABetterOneMayFollow) {
  const TempDir folder;
  for (const auto& [mark, ending] : {std::pair{"provisional", "\"final\":false}\n"}, {"final", "\"final\":true}\n"}}) {
    StageHarness harness(sinks(), "sink.jsonl", {{"path", folder / "out.jsonl"}, {"mark", mark}});
    ASSERT_TRUE(harness.open());
    harness.feed("in", tracks({}));
    ASSERT_TRUE(harness.run());
    ASSERT_TRUE(harness.close());
    EXPECT_THAT(read_text(folder / "out.jsonl"), testing::EndsWith(ending));
  }
}

TEST(SinkJsonl, HandsEveryLineToTheSystemAtOnce) {
  const TempDir folder;
  StageHarness harness(sinks(), "sink.jsonl", {{"path", folder / "out.jsonl"}});
  ASSERT_TRUE(harness.open());
  harness.feed("in", tracks({}));
  ASSERT_TRUE(harness.run());
  EXPECT_THAT(read_text(folder / "out.jsonl"), EndsWith("\"objects\":[]}\n"));
}

TEST(SinkJsonl, HoldsLinesBackWhenAskedAndWritesThemAtClose) {
  const TempDir folder;
  StageHarness harness(sinks(), "sink.jsonl", {{"path", folder / "out.jsonl"}, {"flush", "3"}});
  ASSERT_TRUE(harness.open());
  for (int frame = 0; frame < 4; ++frame) {
    harness.feed("in", tracks({}));
    ASSERT_TRUE(harness.run());
    const auto lines = read_text(folder / "out.jsonl");
    EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), frame < 2 ? 0 : 3);
  }
  ASSERT_TRUE(harness.close());
  const string lines = read_text(folder / "out.jsonl");
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 4);
}

TEST(SinkJsonl, KeepsWholeLinesWhenTheDiskIsFullAndGoesOnWhenThereIsRoom) {
  const SmallDisk disk("8k");
  if (!disk.mounted()) GTEST_SKIP() << "cannot mount a small tmpfs: " << disk.why();
  const string path = disk / "out.jsonl";
  std::ofstream(disk / "ballast") << string(4096, 'x');
  StageHarness harness(sinks(), "sink.jsonl", {{"path", path}});
  ASSERT_TRUE(harness.open());
  Status status;
  int written = 0;
  for (; written < 200 && status; ++written) {
    harness.feed("in", tracks({kCar}));
    status = harness.run();
  }
  --written;
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::io);
  EXPECT_THAT(status.error().text, HasSubstr("path: cannot write \"" + path + "\": No space left on device after "));
  EXPECT_THAT(status.error().text, HasSubstr("free space"));
  const string kept = read_text(path);
  EXPECT_EQ(std::count(kept.begin(), kept.end(), '\n'), written);
  EXPECT_THAT(kept, EndsWith("}\n"));
  EXPECT_THAT(status.error().text, HasSubstr(std::to_string(kept.size()) + " bytes"));

  std::filesystem::remove(disk / "ballast");
  harness.feed("in", tracks({}));
  EXPECT_TRUE(harness.run());
  const Status closed = harness.close();
  ASSERT_FALSE(closed);
  EXPECT_THAT(closed.error().text, HasSubstr("is incomplete: 1 lines could not be written"));
  const string all = read_text(path);
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), written + 1);
  EXPECT_THAT(all, testing::StartsWith(kept));
  EXPECT_THAT(all, EndsWith("\"objects\":[]}\n"));
}

TEST(SinkJsonl, SaysWhyAFileCannotBeMade) {
  const TempDir folder;
  std::ofstream(folder / "file") << "x";
  StageHarness below_file(sinks(), "sink.jsonl", {{"path", folder / "file/out.jsonl"}});
  const Status status = below_file.open();
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().text, HasSubstr("path: cannot create"));
  EXPECT_THAT(status.error().text, HasSubstr(folder / "file/out.jsonl"));

  std::filesystem::create_directory(folder / "taken");
  StageHarness on_folder(sinks(), "sink.jsonl", {{"path", folder / "taken"}});
  EXPECT_THAT(on_folder.open().error().text, HasSubstr("Is a directory"));
}

TEST(SinkJsonl, RefusesAFileThatAnotherStageWrites) {
  const TempDir folder;
  const Registry& registry = sinks();
  StageHarness first(registry, "sink.jsonl", {{"path", folder / "out.jsonl"}});
  StageHarness second(registry, "sink.jsonl", {{"path", folder / "out.jsonl"}});
  ASSERT_TRUE(first.open());
  const Status status = second.open();
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().text, HasSubstr("is being written by another"));
}

TEST(FrameJson, WritesQualityWhereItIsNotTheDefaultAndNullForNoNumber) {
  const std::vector<string> streams{"cam\t1"};
  auto pool = std::make_shared<detail::Pool<Detections>>();
  auto* fresh = pool->take();
  const Packet packet(fresh);
  fresh->stamp = {.stream = 0, .frame = 5};
  fresh->quality = {.outcome = Outcome::partial,
                    .parts = 4,
                    .parts_ok = 3,
                    .age = 2,
                    .worker = 1,
                    .setup = 6,
                    .expected_accuracy = 0.5F};
  fresh->value = detections({{{-0.0001F, 0, 1, 1}, std::numeric_limits<float>::quiet_NaN(), 1}});
  string text;
  FrameJson json(streams);
  json.append(text, packet);
  EXPECT_EQ(text,
            R"({"stream":"cam\t1","frame":5,"capture_ms":0.000,"outcome":"partial","parts":4,"parts_ok":3,"age":2,)"
            R"("worker":1,"setup":6,"expected_accuracy":0.500000,"objects":[)"
            R"({"class":"car","score":null,"box":[0.000,0.000,1.000,1.000]}]})");
  EXPECT_TRUE(nlohmann::json::accept(text));
}

TEST(SinkKitti, WritesSeenObjectsOfKittisTypes) {
  const TempDir folder;
  StageHarness harness(sinks(), "sink.kitti", {{"path", folder / "results"}});
  ASSERT_TRUE(harness.open());
  const Track dog{{1, 2, 3, 4}, 0.9F, 2, 5, 1, 0};
  const Track empty_box{{5, 5, 5, 9}, 0.9F, 1, 6, 1, 0};
  harness.feed("in", tracks({kCar, kLostPerson, dog, empty_box}));
  ASSERT_TRUE(harness.run());
  harness.feed("in", detections({{{0, 0, 8, 9}, 0.25F, 0}}));
  ASSERT_TRUE(harness.run());
  ASSERT_TRUE(harness.close());
  const string text = read_text(folder / "results/camera.txt");
  EXPECT_EQ(text,
            "0 3 Car -1 -1 -10 10.000 20.000 50.500 60.000 -1 -1 -1 -1000 -1000 -1000 -10 0.912345\n"
            "1 -1 Pedestrian -1 -1 -10 0.000 0.000 8.000 9.000 -1 -1 -1 -1000 -1000 -1000 -10 0.250000\n");
  const auto parsed = parse_tracking_results(text);
  EXPECT_TRUE(parsed.bad.empty());
  EXPECT_EQ(parsed.rows.size(), 2U);
}

TEST(SinkKitti, WritesModelTypesAndRecentlySeenTracksWhenAsked) {
  const TempDir folder;
  StageHarness harness(sinks(), "sink.kitti",
                       {{"path", folder / "."}, {"sequence", "0002"}, {"types", "model"}, {"max_missed", "2"}});
  ASSERT_TRUE(harness.open());
  harness.feed("in", tracks({kCar, kLostPerson}));
  ASSERT_TRUE(harness.run());
  ASSERT_TRUE(harness.close());
  const string text = read_text(folder / "0002.txt");
  EXPECT_THAT(text, HasSubstr("0 3 car "));
  EXPECT_THAT(text, HasSubstr("\n0 4 person "));
}

TEST(SinkKitti, KeepsWholeLinesWhenTheDiskIsFull) {
  const SmallDisk disk("4k");
  if (!disk.mounted()) GTEST_SKIP() << "cannot mount a small tmpfs: " << disk.why();
  StageHarness harness(sinks(), "sink.kitti", {{"path", disk / "."}, {"sequence", "0002"}});
  ASSERT_TRUE(harness.open());
  Status status;
  for (int frame = 0; frame < 200 && status; ++frame) {
    harness.feed("in", tracks({kCar, kCar}));
    status = harness.run();
  }
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().text, HasSubstr("0002.txt\": No space left on device"));
  const auto parsed = parse_tracking_results(read_text(disk / "0002.txt"));
  EXPECT_TRUE(parsed.bad.empty());
  EXPECT_GT(parsed.rows.size(), 20U);
  EXPECT_FALSE(harness.close());
}

TEST(SinkKitti, RefusesAFolderInTheSequenceName) {
  StageHarness harness(sinks(), "sink.kitti", {{"path", "out"}, {"sequence", "a/b"}});
  EXPECT_THAT(harness.open().error().text, HasSubstr("sequence: \"a/b\" holds a \"/\""));
}

TEST(SinkNull, TakesAnything) {
  StageHarness harness(sinks(), "sink.null");
  ASSERT_TRUE(harness.open());
  harness.feed("in", tracks({}));
  EXPECT_TRUE(harness.run());
  harness.feed("in", picture(8, 8));
  EXPECT_TRUE(harness.run());
  EXPECT_TRUE(harness.close());
}

TEST(ExpandStream, ReplacesEveryMark) {
  EXPECT_EQ(expand_stream("out/{stream}/{stream}.mp4", "cam"), "out/cam/cam.mp4");
  EXPECT_EQ(expand_stream("out.mp4", "cam"), "out.mp4");
}

}  // namespace
}  // namespace weir
