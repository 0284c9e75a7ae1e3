// SPDX-License-Identifier: Apache-2.0
#include "stages/control/stream_controller.hpp"

#include <gtest/gtest.h>

namespace weir {
namespace {

using std::chrono::milliseconds;

TimePoint at(int ms) { return TimePoint(milliseconds(ms)); }

Ladder two_rungs() {
  Ladder ladder;
  ladder.rungs.push_back({.name = "small", .bytes = 1000, .bytes_p90 = 1100, .accuracy = 0.5});
  ladder.rungs.push_back({.name = "large", .bytes = 20000, .bytes_p90 = 22000, .accuracy = 0.9});
  return ladder;
}

/// Says what it was asked and taught, and always sends the second rung.
class Recorder final : public Policy {
 public:
  struct Seen {
    std::vector<Situation> asked;
    std::vector<std::vector<double>> bytes;
    std::vector<std::vector<UnderWay>> under_way;
    std::vector<Transfer> taught;
  };
  explicit Recorder(Seen& seen) : seen_(seen) {}
  std::string_view name() const override { return "recorder"; }
  Decision decide(const Situation& situation) override {
    seen_.asked.push_back(situation);
    seen_.bytes.emplace_back(situation.bytes.begin(), situation.bytes.end());
    seen_.under_way.emplace_back(situation.under_way.begin(), situation.under_way.end());
    Decision decision;
    decision.rung = 1;
    return decision;
  }
  void learn(const Transfer& transfer) override { seen_.taught.push_back(transfer); }

 private:
  Seen& seen_;
};

Stamp stamp(std::uint64_t frame) {
  Stamp stamp;
  stamp.frame = frame;
  stamp.capture = at(static_cast<int>(100 * frame));
  stamp.deadline = stamp.capture + milliseconds(200);
  return stamp;
}

TEST(StreamController, AsksWithWhatIsUnderWayAndTeachesWhatEnded) {
  Recorder::Seen seen;
  StreamController controller(0, std::make_unique<Recorder>(seen), two_rungs());
  LinkMonitor link;
  DecisionLog log;
  controller.learn(link, &log);
  controller.decide(stamp(0), link, at(5));
  log.decided({.frame = 0, .setup = "large"});
  link.asked(0, 0, 21000, at(20));
  link.asked(1, 0, 400, at(30));  // another camera on the same link
  controller.learn(link, &log);
  controller.decide(stamp(1), link, at(105));
  EXPECT_TRUE(seen.taught.empty());
  ASSERT_EQ(seen.under_way[1].size(), 2U);
  EXPECT_EQ(seen.under_way[1][0].bytes, 21000);
  EXPECT_EQ(seen.asked[1].deadline, milliseconds(200));
  EXPECT_EQ(seen.asked[1].period, milliseconds(100));
  link.ended(0, 0, {.end = ExchangeEnd::answered, .worker = 0, .service = milliseconds(6)}, at(150));
  link.ended(1, 0, {.end = ExchangeEnd::answered, .worker = 0, .service = milliseconds(6)}, at(160));
  controller.learn(link, &log);
  ASSERT_EQ(seen.taught.size(), 1U) << "what other cameras sent is theirs to learn from";
  EXPECT_EQ(seen.taught[0].rung, 1);
  EXPECT_EQ(seen.taught[0].bytes, 21000);
  EXPECT_EQ(seen.taught[0].sent, at(20));
  EXPECT_EQ(seen.taught[0].acked, at(150));
  EXPECT_FALSE(seen.taught[0].lost);
  const auto report = log.report();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->setups.at("large").answered, 1U);
}

TEST(StreamController, ExpectsTheSizesThatItSees) {
  Recorder::Seen seen;
  StreamController controller(0, std::make_unique<Recorder>(seen), two_rungs());
  LinkMonitor link;
  for (std::uint64_t frame = 0; frame < 40; ++frame) {
    controller.learn(link, nullptr);
    controller.decide(stamp(frame), link, stamp(frame).capture);
    link.asked(0, frame, 30000, stamp(frame).capture);
    link.ended(0, frame, {.end = ExchangeEnd::answered}, stamp(frame).capture + milliseconds(50));
  }
  EXPECT_EQ(seen.bytes.front()[1], 20000);
  EXPECT_NEAR(seen.bytes.back()[1], 30000, 50);
  EXPECT_EQ(seen.bytes.back()[0], 1000) << "nothing was sent with it";
}

TEST(StreamController, TeachesHowEachFrameEnded) {
  Recorder::Seen seen;
  StreamController controller(0, std::make_unique<Recorder>(seen), two_rungs());
  LinkMonitor link;
  DecisionLog log;
  const auto taught = [&](std::uint64_t frame, ExchangeEnd end) {
    controller.decide(stamp(frame), link, stamp(frame).capture);
    log.decided({.frame = frame, .setup = "large"});
    link.asked(0, frame, 20000, stamp(frame).capture + milliseconds(10));
    link.ended(0, frame, {.end = end, .service = milliseconds(6)}, stamp(frame).capture + milliseconds(260));
    controller.learn(link, &log);
    return seen.taught.back();
  };
  const Transfer late = taught(0, ExchangeEnd::late);
  EXPECT_FALSE(late.lost) << "when it came says how fast the link is";
  EXPECT_EQ(late.acked - late.sent, milliseconds(250));
  EXPECT_EQ(late.service, milliseconds(6));
  EXPECT_EQ(log.report()->setups.at("large").answered, 0U) << "but it answered nothing";
  const Transfer skipped = taught(1, ExchangeEnd::skipped);
  EXPECT_TRUE(skipped.undone && !skipped.lost);
  EXPECT_EQ(skipped.bytes, 20000);
  EXPECT_EQ(skipped.service, Duration(0));
  const Transfer unsent = taught(2, ExchangeEnd::unsent);
  EXPECT_TRUE(unsent.lost);
  EXPECT_EQ(unsent.bytes, 0) << "the link had nothing of it";
  const Transfer lost = taught(3, ExchangeEnd::lost);
  EXPECT_TRUE(lost.lost && !lost.undone);
  EXPECT_EQ(lost.bytes, 20000);
  EXPECT_EQ(seen.taught.size(), 4U);
}

}  // namespace
}  // namespace weir
