// SPDX-License-Identifier: Apache-2.0
#include "stages/ingest/live_feed.hpp"

#include <gmock/gmock.h>

#include "tests/stages/ingest/clock_pusher.hpp"
#include "tests/stages/ingest/test_files.hpp"

namespace weir {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::HasSubstr;

class LiveFeedTest : public ::testing::Test {
 protected:
  std::unique_ptr<LiveFeed> make(FeedOptions options, Clock& clock) {
    options.what = "camera test";
    options.advice = "Check the test";
    auto feed = LiveFeed::create(std::move(options), clock);
    EXPECT_TRUE(feed) << feed.error().text;
    return feed ? *std::move(feed) : nullptr;
  }

  // The next step; the feed is told to stop once `most_warnings` have come.
  Result<LiveFeed::Step> next(LiveFeed& feed, std::size_t most_warnings = 100) {
    frame_.clear();
    return feed.next(
        frame_, [this, most_warnings] { return warnings_.size() >= most_warnings; },
        [this](std::string text) { warnings_.push_back(std::move(text)); });
  }

  int count_until_loss(LiveFeed& feed) {
    int frames = 0;
    for (; frames < 1000; ++frames) {
      const auto step = next(feed, 1);
      if (!step || *step == LiveFeed::Step::stopped) break;
    }
    return frames;
  }

  Frame frame_;
  std::vector<std::string> warnings_;
};

TEST(ClockPusher, EndsWhetherOrNotAnybodyWaits) {
  for (int i = 0; i < 3000; ++i) {
    ManualClock clock;
    const test::ClockPusher pusher(clock);
    clock.wait_until(TimePoint(milliseconds(50)), {});
  }
}

TEST_F(LiveFeedTest, ConnectsAgainWhenTheStreamEnds) {
  ManualClock clock;
  const test::ClockPusher pusher(clock);
  FeedOptions options;
  options.pipeline = "videotestsrc num-buffers=5 ! video/x-raw,width=64,height=48";
  options.newest = false;
  const auto feed = make(options, clock);
  Duration last{};
  for (int i = 0; i < 12; ++i) {
    const auto step = next(*feed);
    ASSERT_TRUE(step) << step.error().text;
    ASSERT_EQ(*step, LiveFeed::Step::frame);
    EXPECT_EQ(frame_.image.width, 64);
    EXPECT_EQ(frame_.image.height, 48);
    EXPECT_GE(feed->time(), last);
    last = feed->time();
  }
  EXPECT_EQ(feed->attempts(), 3);
  EXPECT_GT(last, Duration::zero()) << "the waits between the connections count";
  ASSERT_EQ(warnings_.size(), 4u);
  EXPECT_THAT(warnings_[0],
              AllOf(HasSubstr("camera test: it ended the stream; trying again in"), HasSubstr("Check the test")));
  EXPECT_THAT(warnings_[1], HasSubstr("camera test: images again after"));
}

TEST_F(LiveFeedTest, ConnectsAgainWhenTheStreamStalls) {
  SteadyClock clock;
  FeedOptions options;
  options.pipeline = "videotestsrc is-live=true ! valve drop=true";
  options.stall_timeout = milliseconds(60);
  options.backoff = {milliseconds(1), milliseconds(2)};
  const auto feed = make(options, clock);
  const auto step = next(*feed, 2);
  ASSERT_TRUE(step) << step.error().text;
  EXPECT_EQ(*step, LiveFeed::Step::stopped);
  EXPECT_EQ(feed->attempts(), 2);
  EXPECT_THAT(warnings_.at(1), HasSubstr("no image for 0.1 s (stall_timeout)"));
}

TEST_F(LiveFeedTest, GivesUpWhenNoFirstImageComes) {
  ManualClock clock;
  const test::ClockPusher pusher(clock);
  FeedOptions options;
  options.pipeline = "filesrc name=source ! decodebin";
  options.settings = {{"source", "location", "/nowhere/camera"}};
  options.connect_timeout = std::chrono::seconds(3);
  options.secrets = {"nowhere"};
  const auto feed = make(options, clock);
  const auto step = next(*feed);
  ASSERT_FALSE(step);
  EXPECT_EQ(step.error().code, Code::unavailable);
  EXPECT_THAT(step.error().text,
              AllOf(HasSubstr("camera test"), HasSubstr("3.0 s (connect_timeout)"), HasSubstr("Check the test")));
  EXPECT_GE(feed->attempts(), 3);
  EXPECT_GE(clock.now().time_since_epoch(), std::chrono::seconds(3));
  for (const std::string& warning : warnings_) {
    EXPECT_THAT(warning, ::testing::Not(HasSubstr("nowhere"))) << "secrets stay out of texts";
  }
}

TEST_F(LiveFeedTest, SkipsOlderImagesOnlyIfTold) {
  SteadyClock clock;
  const test::TempFolder folder;
  FeedOptions options;
  // All 30 images of 256 bytes are in the file only when all have come by the slot.
  const std::string file = folder / "seen";
  options.pipeline =
      "videotestsrc num-buffers=30 ! video/x-raw,format=GRAY8,width=16,height=16 ! tee name=t t. ! queue ! filesink "
      "buffer-mode=unbuffered location=" +
      file + " t. ! identity";
  options.newest = true;
  const auto newest = make(options, clock);
  ASSERT_TRUE(next(*newest));
  const TimePoint limit = clock.now() + std::chrono::seconds(20);
  while (std::filesystem::file_size(file) < 30 * 256 && clock.now() < limit) std::this_thread::yield();
  EXPECT_LE(count_until_loss(*newest), 3);

  warnings_.clear();
  options.pipeline = "videotestsrc num-buffers=30 ! video/x-raw,format=GRAY8,width=16,height=16";
  options.newest = false;
  const auto all = make(options, clock);
  EXPECT_EQ(count_until_loss(*all), 30);
}

TEST_F(LiveFeedTest, NamesAnElementThatIsNotInstalled) {
  SteadyClock clock;
  FeedOptions options;
  options.pipeline = "nosuchsource";
  const auto feed = LiveFeed::create(options, clock);
  ASSERT_FALSE(feed);
  EXPECT_EQ(feed.error().code, Code::unsupported);
  EXPECT_THAT(feed.error().text, AllOf(HasSubstr("nosuchsource"), HasSubstr("install")));
}

}  // namespace
}  // namespace weir
