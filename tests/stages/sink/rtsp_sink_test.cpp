// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "stages/media/parts.hpp"
#include "tests/stages/sink/sink_samples.hpp"
#include "tests/stages/sink/video_probe.hpp"
#include "tests/support/reserved_port.hpp"

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

constexpr auto kPatience = std::chrono::seconds(50);  // only what is broken takes so long

// Shows frames until the viewer has seen enough of them; each turn waits for a picture.
void show_until(StageHarness& harness, Viewer& viewer, int frames) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  for (int i = 0; viewer.seen.frames < frames && std::chrono::steady_clock::now() < end; ++i) {
    harness.feed("frame", picture(320, 180, i));
    harness.feed("objects", tracks({{{40, 60, 120, 140}, 0.9F, 1, 3, 5, 0}}));
    ASSERT_TRUE(harness.run());
    viewer.look(20 * GST_MSECOND);
  }
}

TEST(SinkRtsp, ShowsTheAnnotatedVideoToViewersWhoComeAndGo) {
  const test::ReservedPort reserved;
  const string port = std::to_string(reserved.number());
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
  const test::ReservedPort reserved;
  const string port = std::to_string(reserved.number());
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

/// Calls `act` once, on GStreamer's thread, when the pipeline behind an RTSP path has its clock and not yet the time at
/// which it began. GStreamer's log is the only thing that tells.
class AtClockStart {
 public:
  explicit AtClockStart(std::function<void()> act) : act_(std::move(act)) {
    (void)gst::init();
    gst_debug_remove_log_function(gst_debug_log_default);
    gst_debug_add_log_function(&AtClockStart::on_log, this, nullptr);
    gst_debug_set_active(TRUE);
    gst_debug_set_threshold_for_name("pipeline", GST_LEVEL_DEBUG);
  }
  AtClockStart(const AtClockStart&) = delete;
  AtClockStart& operator=(const AtClockStart&) = delete;
  ~AtClockStart() {
    gst_debug_unset_threshold_for_name("pipeline");
    gst_debug_remove_log_function(&AtClockStart::on_log);
  }
  /// False when it does not come.
  bool wait() { return passed_.get_future().wait_for(kPatience / 2) == std::future_status::ready; }

 private:
  static void on_log(GstDebugCategory*, GstDebugLevel, const gchar*, const gchar*, gint, GObject* object,
                     GstDebugMessage* message, gpointer user) {
    auto& my = *static_cast<AtClockStart*>(user);
    if (!object || !GST_IS_PIPELINE(object) || g_strcmp0(GST_OBJECT_NAME(object), "media-pipeline") != 0) return;
    const gchar* text = gst_debug_message_get(message);
    if (!text || !g_str_has_prefix(text, "start_time=") || my.done_.exchange(true)) return;
    my.act_();
    my.passed_.set_value();
  }

  std::function<void()> act_;
  std::atomic<bool> done_{false};
  std::promise<void> passed_;
};

TEST(SinkRtsp, ShowsVideoWhenAFrameComesBeforeTheViewersClockBegins) {
  const test::ReservedPort port;
  auto server = start_gst_rtsp_server({.port = port.number()}, std::vector<string>{"/weir"});
  ASSERT_TRUE(server) << server.error().text;
  const auto push = [&server] {
    if ((*server)->watched(0) && (*server)->canvas(0, {64, 64})) (*server)->push(0);
  };
  AtClockStart start(push);
  Viewer viewer("rtsp://127.0.0.1:" + std::to_string(port.number()) + "/weir");
  if (!start.wait()) GTEST_SKIP() << "this GStreamer was built without its log";
  const auto end = std::chrono::steady_clock::now() + kPatience / 2;
  while (viewer.seen.frames < 2 && std::chrono::steady_clock::now() < end) {
    push();
    viewer.look(20 * GST_MSECOND);
  }
  EXPECT_GE(viewer.seen.frames, 2);
}

TEST(SinkRtsp, EndsWhileAViewerWaitsForTheFirstPicture) {
  const test::ReservedPort port;
  auto server = start_gst_rtsp_server({.port = port.number()}, std::vector<string>{"/weir"});
  ASSERT_TRUE(server) << server.error().text;
  Viewer viewer("rtsp://127.0.0.1:" + std::to_string(port.number()) + "/weir");
  while (!(*server)->canvas(0, {320, 180})) viewer.look(GST_MSECOND);  // until the viewer has asked for the video
  const auto begun = std::chrono::steady_clock::now();
  server->reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));
}

TEST(SinkRtsp, SaysThatThePortIsTaken) {
  const test::ReservedPort reserved;
  const string port = std::to_string(reserved.number());
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
