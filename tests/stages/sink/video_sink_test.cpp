// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "tests/stages/sink/sink_samples.hpp"
#include "tests/stages/sink/video_probe.hpp"

namespace weir {
namespace {

using std::string;
using testing::HasSubstr;

Tracks one_car() { return tracks({{{40, 60, 120, 140}, 0.9F, 1, 3, 5, 0}}); }

Status show(StageHarness& harness, int frame, int width = 320, int height = 181) {
  harness.feed("frame", picture(width, height, frame));
  harness.feed("objects", one_car());
  return harness.run();
}

class SinkVideo : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Containers, SinkVideo, testing::Values("out.mp4", "out.mkv"),
                         [](const auto& each) { return string(each.param).substr(4); });

TEST_P(SinkVideo, PlaysBackWithTheBoxDrawnAndOddSizesRoundedUp) {
  const TempDir folder;
  StageHarness harness(sinks(), "sink.video",
                       {{"path", folder / (string("new/") + GetParam())}, {"fps", "10"}, {"draw", "boxes"}});
  ASSERT_TRUE(harness.open());
  for (int frame = 0; frame < 30; ++frame) ASSERT_TRUE(show(harness, frame));
  ASSERT_TRUE(harness.close());
  const PlayedVideo played = play(folder / (string("new/") + GetParam()));
  EXPECT_EQ(played.error, "");
  EXPECT_EQ(played.frames, 30);
  EXPECT_EQ(played.width, 320);
  EXPECT_EQ(played.height, 182);
  ASSERT_FALSE(played.times_s.empty());
  EXPECT_NEAR(played.times_s.back() - played.times_s.front(), 2.9, 0.01);
  // Cars are light blue; the ground is grey.
  const std::uint8_t* side = played.at(40, 100);
  EXPECT_GT(side[0], side[2] + 60);
  const std::uint8_t* ground = played.at(30, 100);
  EXPECT_NEAR(ground[0], ground[2], 25);
}

// What a killed process leaves is what the file holds while it is being written.
TEST_P(SinkVideo, PlaysUpToTheLastSecondWhenTheProcessIsKilled) {
  const TempDir folder;
  const string path = folder / GetParam();
  constexpr int kFrames = 120;
  StageHarness harness(sinks(), "sink.video", {{"path", path}, {"fps", "10"}});
  ASSERT_TRUE(harness.open());
  for (int frame = 0; frame < kFrames; ++frame) ASSERT_TRUE(show(harness, frame));
  std::filesystem::copy_file(path, folder / (string("killed-") + GetParam()));
  const PlayedVideo played = play(folder / (string("killed-") + GetParam()));
  EXPECT_GT(played.frames, kFrames / 2) << played.error;
  ASSERT_TRUE(harness.close());
  EXPECT_EQ(play(path).frames, kFrames);
}

TEST_P(SinkVideo, SaysThatTheDiskIsFullAndLeavesAFileThatPlays) {
  const SmallDisk disk("256k");
  if (!disk.mounted()) GTEST_SKIP() << "cannot mount a small tmpfs: " << disk.why();
  const string path = disk / GetParam();
  StageHarness harness(sinks(), "sink.video", {{"path", path}, {"fps", "10"}, {"bitrate", "2000"}});
  ASSERT_TRUE(harness.open());
  Status status;
  for (int frame = 0; frame < 2000 && status; ++frame) status = show(harness, frame);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::io);
  EXPECT_THAT(status.error().text, HasSubstr("path: cannot write \"" + path + "\": no space left on device"));
  EXPECT_THAT(status.error().text, HasSubstr("free space"));
  EXPECT_FALSE(show(harness, 0));
  EXPECT_FALSE(harness.close());
  EXPECT_GT(play(path).frames, 5);
}

TEST(SinkVideoTimes, TheStepBetweenFramesIsOneTenthOfASecondWithoutRealTime) {
  const TempDir folder;
  StageHarness harness(sinks(), "sink.video", {{"path", folder / "out.mkv"}});
  ASSERT_TRUE(harness.open());
  for (int frame = 0; frame < 5; ++frame) ASSERT_TRUE(show(harness, frame));
  ASSERT_TRUE(harness.close());
  EXPECT_NEAR(play(folder / "out.mkv").times_s.back(), 0.4, 0.01);
}

TEST(SinkVideoFrames, ScalesFramesOfAnotherSizeAndShowsFramesWithoutAnswer) {
  const TempDir folder;
  StageHarness harness(sinks(), "sink.video", {{"path", folder / "out.mp4"}, {"fps", "10"}});
  ASSERT_TRUE(harness.open());
  ASSERT_TRUE(show(harness, 0));
  ASSERT_TRUE(show(harness, 1, 100, 200));
  harness.feed("frame", picture(320, 181, 2));
  ASSERT_TRUE(harness.run());
  ASSERT_TRUE(harness.close());
  const PlayedVideo played = play(folder / "out.mp4");
  EXPECT_EQ(played.frames, 3);
  EXPECT_EQ(played.width, 320);
}

TEST(SinkVideoErrors, NamesTheKeyAndWhatToDo) {
  StageHarness ending(sinks(), "sink.video", {{"path", "out.avi"}});
  EXPECT_THAT(ending.open().error().text, HasSubstr("path: \"out.avi\" does not end in .mp4, .m4v, .mov or .mkv"));
  StageHarness draw(sinks(), "sink.video", {{"path", "out.mp4"}, {"draw", "[boxen]"}});
  EXPECT_THAT(draw.open().error().text, HasSubstr("draw: \"boxen\" is not known; choose from boxes"));
}

TEST(SinkVideoErrors, SaysWhenTheFileCannotBeOpened) {
  const TempDir folder;
  std::filesystem::create_directory(folder / "out.mp4");
  StageHarness harness(sinks(), "sink.video", {{"path", folder / "out.mp4"}});
  ASSERT_TRUE(harness.open());
  const Status status = show(harness, 0);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().text, HasSubstr("path: cannot write \"" + (folder / "out.mp4") + "\""));
}

TEST(SinkVideoClose, MakesNoFileWithoutFrames) {
  const TempDir folder;
  StageHarness harness(sinks(), "sink.video", {{"path", folder / "out.mp4"}});
  ASSERT_TRUE(harness.open());
  EXPECT_TRUE(harness.close());
  EXPECT_FALSE(std::filesystem::exists(folder / "out.mp4"));
}

}  // namespace
}  // namespace weir
