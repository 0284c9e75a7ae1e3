// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <tuple>

#include "stages/ingest/stages.hpp"
#include "tests/stages/ingest/test_files.hpp"

namespace weir {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::string_view kH264 = "x264enc speed-preset=ultrafast key-int-max=10 bframes=2 ! h264parse";

class VideoTest : public ::testing::Test {
 protected:
  VideoTest() { EXPECT_TRUE(add_ingest_video(registry_)); }

  // 40 images at 20 per second.
  std::string encode(const std::string& name, std::string_view encoder, std::string_view muxer) {
    const std::string file = folder_ / name;
    test::run_pipeline(
        "videotestsrc num-buffers=40 pattern=ball ! video/x-raw,format=I420,width=160,height=96,framerate=20/1 ! " +
        std::string(encoder) + " ! " + std::string(muxer) + " ! filesink location=" + file);
    return file;
  }

  // Runs to the end, at most `limit` frames; how many came.
  static int count_frames(StageHarness& harness, int limit = 1000) {
    int frames = 0;
    while (frames < limit && harness.run() && !harness.ended()) frames += harness.output<Frame>("frame") ? 1 : 0;
    return frames;
  }

  StageHarness play(const std::string& path, const std::string& loop = "false") {
    return StageHarness(registry_, "ingest.video", {{"path", path}, {"loop", loop}});
  }

  test::TempFolder folder_;
  Registry registry_;
};

TEST_F(VideoTest, PlaysWhateverIsDecodable) {
  for (const auto& [name, encoder, muxer] :
       {std::tuple("clip.mp4", std::string(kH264), "mp4mux"), std::tuple("clip.mkv", std::string(kH264), "matroskamux"),
        std::tuple("with space & 100%.avi", std::string("jpegenc"), "avimux"),
        std::tuple("clip.webm", std::string("vp8enc deadline=1"), "webmmux")}) {
    const std::string file = folder_ / "made";
    encode("made", encoder, muxer);
    std::filesystem::rename(file, folder_ / name);
    StageHarness harness = play(folder_ / name);
    const Status opened = harness.open();
    ASSERT_TRUE(opened) << name << ": " << opened.error().text;
    double last = -1;
    int frames = 0;
    for (; harness.run() && !harness.ended(); ++frames) {
      const auto* frame = harness.output<Frame>("frame");
      ASSERT_NE(frame, nullptr);
      EXPECT_EQ(frame->image.width, 160);
      EXPECT_EQ(frame->image.height, 96);
      EXPECT_GT(test::seconds(harness.media_time()), last);
      last = test::seconds(harness.media_time());
    }
    EXPECT_EQ(frames, 40) << name;
    EXPECT_NEAR(last, 39.0 / 20, 0.01) << name;
    EXPECT_TRUE(harness.warnings().empty()) << name << ": " << harness.warnings()[0];
    EXPECT_TRUE(harness.close());
  }
}

TEST_F(VideoTest, KeepsPixelsValidWhileAPacketHoldsThem) {
  StageHarness harness = play(encode("clip.mkv", kH264, "matroskamux"));
  ASSERT_TRUE(harness.open());
  ASSERT_TRUE(harness.run());
  const Packet first = harness.output("frame");
  const ImageView image = first.get<Frame>()->image;
  const std::vector<std::uint8_t> before(image.row(0), image.row(0) + image.stride * image.height);
  EXPECT_EQ(count_frames(harness), 39);
  EXPECT_TRUE(harness.close());
  EXPECT_TRUE(std::equal(before.begin(), before.end(), image.data));
}

TEST_F(VideoTest, PlaysACutFileUpToTheDamageAndSaysSo) {
  for (const auto& [name, encoder, muxer] : {std::tuple("cut.mkv", std::string("jpegenc"), "matroskamux"),
                                             std::tuple("cut.avi", std::string("jpegenc"), "avimux"),
                                             std::tuple("cut.mp4", std::string(kH264), "mp4mux faststart=true")}) {
    const std::string file = encode(name, encoder, muxer);
    test::cut_file(file, 0.5);
    StageHarness harness = play(file);
    const Status opened = harness.open();
    ASSERT_TRUE(opened) << name << ": " << opened.error().text;
    const int frames = count_frames(harness);
    EXPECT_TRUE(harness.ended());
    EXPECT_GE(frames, 5) << name;
    EXPECT_LE(frames, 35) << name;
    ASSERT_EQ(harness.warnings().size(), 1u) << name;
    EXPECT_THAT(harness.warnings()[0], AllOf(HasSubstr(file), HasSubstr(" s"), HasSubstr("up to there")));
  }
}

TEST_F(VideoTest, Loops) {
  StageHarness harness = play(encode("clip.mkv", kH264, "matroskamux"), "true");
  ASSERT_TRUE(harness.open());
  EXPECT_EQ(count_frames(harness, 100), 100);
  EXPECT_NEAR(test::seconds(harness.media_time()), 99.0 / 20, 0.02);
  EXPECT_TRUE(harness.close());
}

TEST_F(VideoTest, RefusesWhatIsNoVideo) {
  const auto refusal = [&](const std::string& path) {
    StageHarness harness = play(path);
    const Status status = harness.open();
    return status ? Error{Code::internal, "it opened"} : status.error();
  };
  const Error missing = refusal(folder_ / "nowhere.mp4");
  EXPECT_EQ(missing.code, Code::not_found);
  EXPECT_THAT(missing.text, AllOf(HasSubstr("path"), HasSubstr("nowhere.mp4"), HasSubstr("no such file")));
  EXPECT_EQ(refusal(folder_.str()).code, Code::not_found);

  test::run_pipeline("audiotestsrc num-buffers=20 ! vorbisenc ! matroskamux ! filesink location=" +
                     (folder_ / "sound.mkv"));
  const Error sound = refusal(folder_ / "sound.mkv");
  EXPECT_EQ(sound.code, Code::unsupported) << sound.text;
  EXPECT_THAT(sound.text, AllOf(HasSubstr("sound.mkv"), HasSubstr("no video")));

  test::write_file(folder_ / "text.mp4", "these bytes are not a video");
  const Error text = refusal(folder_ / "text.mp4");
  EXPECT_THAT(text.text, AllOf(HasSubstr("text.mp4"), HasSubstr("video")));

  const std::string headless = encode("headless.mp4", kH264, "mp4mux");  // its index is at the end
  test::cut_file(headless, 0.5);
  EXPECT_EQ(refusal(headless).code, Code::corrupt) << refusal(headless).text;
}

TEST_F(VideoTest, PlaysARealClip) {
  const std::string data = test::data_folder();
  if (data.empty()) GTEST_SKIP() << "needs the shared data (WEIR_DATA)";
  StageHarness harness = play(data + "/clips/car-detection.mp4");
  ASSERT_TRUE(harness.open());
  EXPECT_EQ(count_frames(harness), 377);
  EXPECT_TRUE(harness.warnings().empty());
}

}  // namespace
}  // namespace weir
