// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <cstdlib>
#include <optional>

#include "stages/ingest/rtsp_url.hpp"
#include "stages/ingest/stages.hpp"
#include "tests/stages/ingest/clock_pusher.hpp"
#include "tests/stages/ingest/rtsp_server.hpp"
#include "tests/stages/ingest/test_files.hpp"
#include "tests/support/reserved_port.hpp"

namespace weir {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class RtspTest : public ::testing::Test {
 protected:
  RtspTest() { EXPECT_TRUE(add_ingest_rtsp(registry_)); }

  static void expect_frames(StageHarness& harness, int count) {
    for (int i = 0; i < count; ++i) {
      const Status status = harness.run();
      ASSERT_TRUE(status) << status.error().text;
      const auto* frame = harness.output<Frame>("frame");
      ASSERT_NE(frame, nullptr);
      EXPECT_EQ(frame->image.width, 160);
      EXPECT_EQ(frame->image.height, 96);
    }
  }

  Registry registry_;
};

TEST_F(RtspTest, ComesBackAfterTheServerWasKilled) {
  const test::ReservedPort port;
  std::optional<test::RtspServer> server(std::in_place, port.number());
  ASSERT_GT(server->port(), 0);
  StageHarness harness(registry_, "ingest.rtsp", {{"url", server->url()}, {"latency", "20 ms"}});
  ASSERT_TRUE(harness.open());
  const test::ClockPusher pusher(harness.clock(), [&](int step) {
    if (step == 20) server.emplace(port.number());
  });
  expect_frames(harness, 8);
  EXPECT_TRUE(harness.warnings().empty());
  server.reset();
  expect_frames(harness, 8 + 25);  // some may still be on their way
  ASSERT_GE(harness.warnings().size(), 3u);
  EXPECT_THAT(harness.warnings().front(), AllOf(HasSubstr("camera rtsp://127.0.0.1"), HasSubstr("trying again in")));
  EXPECT_THAT(harness.warnings().back(), HasSubstr("images again after"));
  EXPECT_TRUE(harness.close());
}

TEST_F(RtspTest, WaitsForTheFirstConnectionToo) {
  const test::ReservedPort port;
  std::optional<test::RtspServer> server;
  StageHarness harness(registry_, "ingest.rtsp",
                       {{"url", "rtsp://127.0.0.1:" + std::to_string(port.number()) + "/camera"}, {"newest", "false"}});
  ASSERT_TRUE(harness.open());
  const test::ClockPusher pusher(harness.clock(), [&](int step) {
    if (step == 20) server.emplace(port.number());
  });
  expect_frames(harness, 5);
  EXPECT_GE(harness.warnings().size(), 2u);
  EXPECT_TRUE(harness.close());
}

TEST_F(RtspTest, LogsInAndNeverShowsThePassword) {
  const test::RtspServer server(0, "me", "p@ss/word");
  const std::string host = "@127.0.0.1:" + std::to_string(server.port()) + "/camera";
  StageHarness good(registry_, "ingest.rtsp", {{"url", "rtsp://me:p%40ss%2Fword" + host}});
  ASSERT_TRUE(good.open());
  {
    const test::ClockPusher pusher(good.clock());
    expect_frames(good, 2);
  }
  EXPECT_THAT(good.warnings(), IsEmpty());

  ASSERT_EQ(::setenv("WEIR_TEST_PASSWORD", "wrong-secret", 1), 0);
  StageHarness bad(registry_, "ingest.rtsp",
                   {{"url", "rtsp://me" + host + "?token=hidden"},
                    {"password_env", "WEIR_TEST_PASSWORD"},
                    {"connect_timeout", "2 s"}});
  ASSERT_TRUE(bad.open());
  const test::ClockPusher pusher(bad.clock());
  const Status status = bad.run();
  ASSERT_FALSE(status);
  std::vector<std::string> texts = bad.warnings();
  texts.push_back(status.error().text);
  EXPECT_GE(texts.size(), 2u);
  for (const std::string& text : texts) {
    EXPECT_THAT(text, AllOf(Not(HasSubstr("wrong-secret")), Not(HasSubstr("hidden")), HasSubstr("camera rtsp://127")));
  }
}

TEST_F(RtspTest, RefusesWhatIsNoAddress) {
  for (const std::string url : {"http://user:secret@camera/x", "rtsp://", "camera:554", "rtsp://user:sec/ret@host/x"}) {
    StageHarness harness(registry_, "ingest.rtsp", {{"url", url}});
    const Status status = harness.open();
    ASSERT_FALSE(status) << url;
    EXPECT_EQ(status.error().code, Code::invalid);
    EXPECT_THAT(status.error().text, AllOf(HasSubstr("url is"), HasSubstr("rtsp://HOST"), Not(HasSubstr("sec"))));
  }
  StageHarness harness(registry_, "ingest.rtsp", {{"url", "rtsp://host/x"}, {"password_env", "WEIR_TEST_UNSET"}});
  const Status status = harness.open();
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().text, AllOf(HasSubstr("password_env"), HasSubstr("WEIR_TEST_UNSET")));
}

TEST(RtspUrl, IsTakenApart) {
  const auto url = parse_rtsp_url("rtsps://us%20er:p%40s:s@host:8554/a/b?token=t");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->location, "rtsps://host:8554/a/b?token=t");
  EXPECT_EQ(url->shown, "rtsps://host:8554/a/b");
  EXPECT_EQ(url->query, "token=t");
  EXPECT_EQ(url->user, "us er");
  EXPECT_EQ(url->password, "p@s:s");
  const auto plain = parse_rtsp_url("rtsp://[::1]:554");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->location, "rtsp://[::1]:554");
  EXPECT_TRUE(plain->user.empty());
}

}  // namespace
}  // namespace weir
