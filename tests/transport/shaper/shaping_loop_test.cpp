// SPDX-License-Identifier: Apache-2.0
#include "transport/shaper/shaping_loop.hpp"

#include <gtest/gtest.h>

#include "tests/transport/link/link_rig.hpp"
#include "transport/shaper/virtual_loop.hpp"

namespace weir {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::numbered;
using test::Recorder;

const Address kPlace = *parse_address("inproc://place");

TimePoint at_ms(int ms) { return TimePoint(milliseconds(ms)); }

PathState path(double mbps, Duration delay) {
  PathState state;
  state.bits_per_second = mbps * 1e6;
  state.delay = delay;
  return state;
}

/// A link through a network in virtual time.
struct Shaped {
  explicit Shaped(Network network, const LinkOptions& options = {})
      : shaping(make_shaping_loop(loop, std::move(network))) {
    listener = std::move(*shaping->listen(kPlace, {}, [this] { return far; }));
    far->on_each = [this](Link&, const InMessage& message) {
      arrivals.emplace_back(message.header.id, loop.now());
      if (answers) far->link->send(numbered(message.header.id, 952));
    };
    near->on_each = [this](Link&, const InMessage& message) { back.emplace_back(message.header.id, loop.now()); };
    link = shaping->connect(kPlace, options, near);
    loop.run_until(TimePoint{});
  }

  VirtualLoop loop;
  std::unique_ptr<LinkLoop> shaping;
  std::unique_ptr<Listener> listener;
  std::shared_ptr<Recorder> near = std::make_shared<Recorder>(), far = std::make_shared<Recorder>();
  std::shared_ptr<Link> link;
  std::vector<std::pair<std::uint64_t, TimePoint>> arrivals, back;
  bool answers = false;
};

TEST(ShapingLoop, ConnectionsMayShareABottleneck) {
  for (const bool one_path : {false, true}) {
    Network network{LinkTrace(path(8, milliseconds(20))), LinkTrace(path(8, milliseconds(20)))};
    network.one_path = one_path;
    Shaped first(std::move(network));
    const auto second = std::make_shared<Recorder>();
    const auto other = first.shaping->connect(kPlace, {}, second);
    first.loop.run_until(TimePoint{});
    EXPECT_TRUE(first.link->send(numbered(1, 10000 - kHeaderBytes)));
    EXPECT_TRUE(other->send(numbered(2, 10000 - kHeaderBytes)));
    first.loop.run_until(at_ms(1000));
    ASSERT_EQ(first.arrivals.size(), 2u);
    EXPECT_EQ(first.arrivals[0].second, at_ms(10 + 20));
    EXPECT_EQ(first.arrivals[1].second, one_path ? at_ms(20 + 20) : at_ms(10 + 20));
  }
}

TEST(ShapingLoop, DelaysBothDirections) {
  Shaped shaped({LinkTrace(path(8, milliseconds(20))), LinkTrace(path(0.8, milliseconds(30)))});
  shaped.answers = true;
  EXPECT_TRUE(shaped.link->send(numbered(1, 10000 - kHeaderBytes)));
  shaped.loop.run_until(at_ms(1000));
  ASSERT_EQ(shaped.arrivals.size(), 1u);
  EXPECT_EQ(shaped.arrivals[0].second, at_ms(10 + 20));
  ASSERT_EQ(shaped.back.size(), 1u);
  EXPECT_EQ(shaped.back[0].second, at_ms(10 + 20 + 10 + 30));
}

TEST(ShapingLoop, WhatWaitsCanBeOvertakenAndTakenBack) {
  Shaped shaped({LinkTrace(path(8, {})), LinkTrace(path(8, {}))});
  for (std::uint64_t id = 0; id < 4; ++id) EXPECT_TRUE(shaped.link->send(numbered(id, 10000 - kHeaderBytes)));
  OutMessage urgent = numbered(9, 1000 - kHeaderBytes);
  urgent.header.priority = 1;
  EXPECT_TRUE(shaped.link->send(urgent));
  EXPECT_FALSE(shaped.link->withdraw(MessageType::work, 0)) << "it is on its way";
  EXPECT_TRUE(shaped.link->withdraw(MessageType::work, 2));
  EXPECT_EQ(shaped.link->queued_bytes(), 21000u);
  shaped.loop.run_until(at_ms(1000));
  const std::vector<std::pair<std::uint64_t, TimePoint>> expected{
      {0, at_ms(10)}, {9, at_ms(11)}, {1, at_ms(21)}, {3, at_ms(31)}};
  EXPECT_EQ(shaped.arrivals, expected);
}

TEST(ShapingLoop, TellsOfRoomThroughAnOutage) {
  const auto up = LinkTrace::parse("seconds,mbps\n0,8\n1,0\n31,8\n100,8\n", "t");
  ASSERT_TRUE(up);
  LinkOptions options;
  options.max_queued = 100000;
  Shaped shaped({*up, LinkTrace(path(8, {}))}, options);
  std::uint64_t sent = 0;
  const auto fill = [&](Link& link) {
    while (sent < 200 && link.send(numbered(sent, 20000 - kHeaderBytes))) ++sent;
  };
  shaped.near->when_room = fill;
  fill(*shaped.link);
  shaped.loop.run_until(TimePoint(seconds(30)));
  EXPECT_EQ(shaped.arrivals.size(), 50u) << "1 MB in the first second, then nothing";
  shaped.loop.run_until(TimePoint(seconds(40)));
  ASSERT_EQ(shaped.arrivals.size(), 200u);
  for (std::uint64_t id = 0; id < 200; ++id) EXPECT_EQ(shaped.arrivals[id].first, id);
  EXPECT_EQ(shaped.arrivals.back().second, TimePoint(seconds(34)));
}

TEST(ShapingLoop, IsTheSameForTheSameSeed) {
  PathState lossy = path(20, milliseconds(20));
  lossy.loss = 0.01;
  lossy.jitter = milliseconds(4);
  const auto run = [&](std::uint64_t seed) {
    Shaped shaped({LinkTrace(lossy), LinkTrace(lossy), seed});
    shaped.answers = true;
    for (int i = 0; i < 50; ++i) {
      EXPECT_TRUE(shaped.link->send(numbered(static_cast<std::uint64_t>(i), 60000)));
      shaped.loop.run_until(shaped.loop.now() + milliseconds(33));
    }
    shaped.loop.run_until(TimePoint(seconds(10)));
    EXPECT_EQ(shaped.back.size(), 50u);
    return shaped.back;
  };
  EXPECT_EQ(run(5), run(5));
  EXPECT_NE(run(5), run(6));
}

TEST(ShapingLoop, WorksOnARealLoop) {
  const auto loop = test::new_loop();
  const auto shaping = make_shaping_loop(*loop, {LinkTrace(path(100, milliseconds(5))), LinkTrace(path(100, {}))});
  const auto near = std::make_shared<Recorder>(), far = std::make_shared<Recorder>();
  const auto listener = shaping->listen(*parse_address("tcp://127.0.0.1:0"), {}, [&] { return far; });
  ASSERT_TRUE(listener);
  TimePoint sent;
  near->on_opened = [&](Link& link) {
    sent = shaping->now();
    for (std::uint64_t id = 0; id < 5; ++id) EXPECT_TRUE(link.send(numbered(id, 12500)));
  };
  const auto link = shaping->connect((*listener)->address(), {}, near);
  ASSERT_TRUE(far->wait_messages(5)) << near->why();
  EXPECT_GE(shaping->now() - sent, milliseconds(5 + 5));
  EXPECT_EQ(far->ids(), (std::vector<std::uint64_t>{0, 1, 2, 3, 4}));
}

}  // namespace
}  // namespace weir
