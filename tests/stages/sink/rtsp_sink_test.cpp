// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/stages/sink/free_port.hpp"
#include "tests/stages/sink/sink_samples.hpp"
#include "tests/stages/sink/video_probe.hpp"

namespace weir {
namespace {

using std::string;
using testing::HasSubstr;

/// A player of one address.
class Viewer {
 public:
  explicit Viewer(const string& address) {
    (void)gst::init();
    auto pipeline = gst::parse(
        "rtspsrc name=in latency=0 protocols=tcp ! rtph264depay ! h264parse ! avdec_h264 ! videoconvert ! "
        "video/x-raw,format=BGR ! appsink name=out sync=false");
    EXPECT_TRUE(pipeline) << pipeline.error().text;
    if (!pipeline) return;
    pipeline_ = *std::move(pipeline);
    g_object_set(gst::element(pipeline_.get(), "in").get(), "location", address.c_str(), nullptr);
    gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
  }
  void look(GstClockTime wait) {
    if (const auto sample = gst::pull(gst::element(pipeline_.get(), "out").get(), wait)) keep(sample.get(), seen);
  }
  PlayedVideo seen;

 private:
  gst::Pipeline pipeline_;
};

// Shows frames until the viewer has seen enough of them; each turn waits for a picture.
void show_until(StageHarness& harness, Viewer& viewer, int frames) {
  for (int i = 0; i < 1000 && viewer.seen.frames < frames; ++i) {
    harness.feed("frame", picture(320, 180, i));
    harness.feed("objects", tracks({{{40, 60, 120, 140}, 0.9F, 1, 3, 5, 0}}));
    ASSERT_TRUE(harness.run());
    viewer.look(20 * GST_MSECOND);
  }
}

TEST(SinkRtsp, ShowsTheAnnotatedVideoToViewersWhoComeAndGo) {
  const string port = std::to_string(free_port());
  StageHarness harness(sinks(), "sink.rtsp", {{"port", port}, {"path", "/{stream}"}, {"draw", "boxes"}});
  const Status opened = harness.open();
  ASSERT_TRUE(opened) << opened.error().text;
  for (int visit = 0; visit < 2; ++visit) {
    Viewer viewer("rtsp://127.0.0.1:" + port + "/camera");
    show_until(harness, viewer, 5);
    ASSERT_GE(viewer.seen.frames, 5) << "visit " << visit;
    EXPECT_EQ(viewer.seen.width, 320);
    EXPECT_EQ(viewer.seen.height, 180);
    const std::uint8_t* side = viewer.seen.at(40, 100);
    EXPECT_GT(side[0], side[2] + 60);
  }
  EXPECT_TRUE(harness.close());
}

TEST(SinkRtsp, ShowsOneVideoToSeveralViewersAndClosesWhileTheyWatch) {
  const string port = std::to_string(free_port());
  StageHarness harness(sinks(), "sink.rtsp", {{"port", port}});
  ASSERT_TRUE(harness.open());
  Viewer first("rtsp://127.0.0.1:" + port + "/weir");
  show_until(harness, first, 2);
  Viewer second("rtsp://127.0.0.1:" + port + "/weir");
  show_until(harness, second, 2);
  EXPECT_GE(second.seen.frames, 2);
  const int before = first.seen.frames;
  show_until(harness, first, before + 2);
  EXPECT_GE(first.seen.frames, before + 2);
  EXPECT_TRUE(harness.close());
}

TEST(SinkRtsp, SaysThatThePortIsTaken) {
  const string port = std::to_string(free_port());
  StageHarness first(sinks(), "sink.rtsp", {{"port", port}});
  StageHarness second(sinks(), "sink.rtsp", {{"port", port}});
  ASSERT_TRUE(first.open());
  const Status status = second.open();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::unavailable);
  EXPECT_THAT(status.error().text, HasSubstr("port: cannot listen on 127.0.0.1:" + port));
  EXPECT_THAT(status.error().text, HasSubstr("choose another"));
}

TEST(SinkRtsp, ListensOnLoopbackOnly) {
  for (const string host : {"0.0.0.0", "192.168.1.4", "::", "camera.example"}) {
    StageHarness harness(sinks(), "sink.rtsp", {{"listen", "\"" + host + "\""}});
    const Status status = harness.open();
    ASSERT_FALSE(status) << host;
    EXPECT_THAT(status.error().text, HasSubstr("listen: \"" + host + "\" is reachable from other machines"));
    EXPECT_THAT(status.error().text, HasSubstr("TLS and authentication"));
  }
}

TEST(SinkRtsp, NeedsAPathThatBeginsWithASlash) {
  StageHarness harness(sinks(), "sink.rtsp", {{"path", "weir"}});
  EXPECT_THAT(harness.open().error().text, HasSubstr("write \"/weir\""));
}

}  // namespace
}  // namespace weir
