// SPDX-License-Identifier: Apache-2.0
// What every kind of link must do. Another kind is added to link_kinds().
#include <gtest/gtest.h>

#include "tests/transport/link/link_rig.hpp"

namespace weir {
namespace {

using test::is_numbered;
using test::LinkRig;
using test::numbered;
using test::on_loop;
using test::Recorder;

class LinkConformance : public testing::TestWithParam<test::LinkKind> {
 protected:
  void SetUp() override {
    if (const std::string why = GetParam().absent(); !why.empty()) GTEST_SKIP() << why;
  }
};

std::vector<std::uint64_t> from_zero(std::uint64_t count) {
  std::vector<std::uint64_t> out;
  for (std::uint64_t i = 0; i < count; ++i) out.push_back(i);
  return out;
}

TEST_P(LinkConformance, KeepsTheOrderBothWays) {
  LinkRig rig(GetParam());
  auto pair = rig.open();
  constexpr std::uint64_t kMessages = 500;
  on_loop(*rig.near_loop, [&] {
    for (std::uint64_t i = 0; i < kMessages; ++i) EXPECT_TRUE(pair.link->send(numbered(i, 100)));
  });
  on_loop(*rig.far_loop, [&] {
    for (std::uint64_t i = 0; i < kMessages; ++i) EXPECT_TRUE(pair.far->link->send(numbered(i, 3000)));
  });
  ASSERT_TRUE(pair.far->wait_messages(kMessages));
  ASSERT_TRUE(pair.near->wait_messages(kMessages));
  EXPECT_EQ(pair.far->ids(), from_zero(kMessages));
  EXPECT_EQ(pair.near->ids(), from_zero(kMessages));
}

TEST_P(LinkConformance, CarriesBodiesOfAllSizes) {
  LinkRig rig(GetParam());
  auto pair = rig.open();
  const std::vector<std::size_t> sizes{0,     1,     47,    48,     49,         16335,         16336,
                                       16384, 16385, 65536, 100000, 262144 + 1, (1 << 20) + 3, std::size_t{4} << 20};
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    EXPECT_TRUE(rig.send(pair, numbered(2 * i, sizes[i])));
    EXPECT_TRUE(rig.send(pair, numbered(2 * i + 1, sizes[i], 1 + sizes[i] / 7)));
    ASSERT_TRUE(pair.far->wait_messages(2 * i + 2));
  }
  for (std::size_t i = 0; i < 2 * sizes.size(); ++i) {
    EXPECT_TRUE(is_numbered(pair.far->messages[i], sizes[i / 2])) << sizes[i / 2] << " bytes, message " << i;
  }
}

TEST_P(LinkConformance, CarriesABodyOfManyPieces) {
  LinkRig rig(GetParam());
  auto pair = rig.open();
  EXPECT_TRUE(rig.send(pair, numbered(1, 300000, 1000)));
  EXPECT_TRUE(rig.send(pair, numbered(2, 500, 1)));
  ASSERT_TRUE(pair.far->wait_messages(2));
  EXPECT_TRUE(is_numbered(pair.far->messages[0], 300000));
  EXPECT_TRUE(is_numbered(pair.far->messages[1], 500));
}

TEST_P(LinkConformance, CarriesTheHeader) {
  LinkRig rig(GetParam());
  auto pair = rig.open();
  OutMessage message = numbered(0x123456789ABCDEF0, 10);
  message.header.type = MessageType::nack;
  message.header.flags = MessageFlags::durable;
  message.header.priority = 7;
  message.header.attempt = 1;
  message.header.budget_us = 33000;
  message.header.session = 99;
  EXPECT_TRUE(rig.send(pair, message));
  ASSERT_TRUE(pair.far->wait_messages(1));
  const FrameHeader& header = pair.far->messages[0].header;
  EXPECT_EQ(header.type, MessageType::nack);
  EXPECT_TRUE(header.flags & MessageFlags::durable);
  EXPECT_EQ(header.priority, 7);
  EXPECT_EQ(header.attempt, 1);
  EXPECT_EQ(header.budget_us, 33000u);
  EXPECT_EQ(header.id, 0x123456789ABCDEF0u);
  EXPECT_EQ(header.session, 99u);
}

/// Fills the link until messages wait at the sender; returns how many were sent. The receiver must be held, and has
/// got the first.
std::uint64_t fill(LinkRig& rig, LinkRig::Pair& pair) {
  EXPECT_TRUE(rig.send(pair, numbered(0, 64 << 10)));
  EXPECT_TRUE(pair.far->wait_messages(1));
  std::uint64_t sent = 1;
  on_loop(*rig.near_loop, [&] {
    while (pair.link->queued_bytes() < (1 << 20)) {
      ASSERT_TRUE(pair.link->send(numbered(sent, 64 << 10)));
      ++sent;
    }
  });
  return sent;
}

TEST_P(LinkConformance, HigherPriorityOvertakes) {
  LinkRig rig(GetParam());
  auto pair = rig.open([](Recorder&, Recorder& far) { far.hold(); });
  const std::uint64_t waiting = fill(rig, pair);
  OutMessage urgent = numbered(1000000, 10);
  urgent.header.priority = 2;
  OutMessage most_urgent = numbered(1000001, 10);
  most_urgent.header.priority = 3;
  OutMessage as_urgent = numbered(1000002, 10);
  as_urgent.header.priority = 2;
  // In one turn of the loop: between turns the system's buffers may take one of them, which then nothing overtakes.
  on_loop(*rig.near_loop, [&] {
    for (const OutMessage& message : {urgent, most_urgent, as_urgent}) EXPECT_TRUE(pair.link->send(message));
  });
  pair.far->release();
  ASSERT_TRUE(pair.far->wait_messages(waiting + 3));
  auto ids = pair.far->ids();
  const auto first = std::find(ids.begin(), ids.end(), 1000001u);
  ASSERT_LT(first + 2, ids.end());
  EXPECT_EQ(first[1], 1000000u);
  EXPECT_EQ(first[2], 1000002u);
  EXPECT_LT(first, ids.end() - 6) << "it overtook too few";
  ids.erase(first, first + 3);
  EXPECT_EQ(ids, from_zero(waiting));
}

TEST_P(LinkConformance, TakesBackWhatHasNotBegun) {
  LinkRig rig(GetParam());
  auto pair = rig.open([](Recorder&, Recorder& far) { far.hold(); });
  const std::uint64_t waiting = fill(rig, pair);
  bool last = false, again = false, other_type = true, first = true;
  std::size_t before = 0, after = 0;
  on_loop(*rig.near_loop, [&] {
    before = pair.link->queued_bytes();
    other_type = pair.link->withdraw(MessageType::result, waiting - 2);
    last = pair.link->withdraw(MessageType::work, waiting - 2);
    again = pair.link->withdraw(MessageType::work, waiting - 2);
    after = pair.link->queued_bytes();
    first = pair.link->withdraw(MessageType::work, 0);
  });
  EXPECT_FALSE(other_type);
  EXPECT_TRUE(last);
  EXPECT_FALSE(again);
  EXPECT_FALSE(first) << "it has gone";
  EXPECT_EQ(before - after, kHeaderBytes + (64 << 10));
  pair.far->release();
  ASSERT_TRUE(pair.far->wait_messages(waiting - 1));
  auto expected = from_zero(waiting);
  expected.erase(expected.end() - 2);
  EXPECT_EQ(pair.far->ids(), expected);
}

TEST_P(LinkConformance, RefusesWhatDoesNotFitAndTellsOfRoom) {
  LinkOptions connecting;
  connecting.max_queued = 2 << 20;
  LinkRig rig(GetParam(), {}, connecting);
  auto pair = rig.open([](Recorder&, Recorder& far) { far.hold(); });
  std::uint64_t sent = 0;
  on_loop(*rig.near_loop, [&] {
    while (sent < 1000 && pair.link->send(numbered(sent, 100000))) ++sent;
    EXPECT_LE(pair.link->queued_bytes(), connecting.max_queued);
    EXPECT_GT(pair.link->queued_bytes() + 100000 + kHeaderBytes, connecting.max_queued);
    EXPECT_EQ(pair.near->rooms, 0);
  });
  EXPECT_GE(sent, 20u);
  EXPECT_LT(sent, 1000u);
  pair.far->release();
  ASSERT_TRUE(pair.near->wait_for([&] { return pair.near->rooms > 0; }));
  EXPECT_TRUE(rig.send(pair, numbered(sent++, 100000)));
  ASSERT_TRUE(pair.far->wait_messages(sent));
  EXPECT_EQ(pair.far->ids(), from_zero(sent));
}

TEST_P(LinkConformance, RefusesABodyAboveItsOwnLimit) {
  LinkOptions connecting;
  connecting.max_body = 1000;
  LinkRig rig(GetParam(), {}, connecting);
  auto pair = rig.open();
  EXPECT_FALSE(rig.send(pair, numbered(1, 1001)));
  EXPECT_TRUE(rig.send(pair, numbered(2, 1000)));
  ASSERT_TRUE(pair.far->wait_messages(1));
  EXPECT_EQ(pair.far->ids(), std::vector<std::uint64_t>{2});
}

TEST_P(LinkConformance, ClosesWhenABodyIsTooLarge) {
  LinkOptions listening;
  listening.max_body = 1000;
  LinkRig rig(GetParam(), listening);
  auto pair = rig.open();
  EXPECT_TRUE(rig.send(pair, numbered(1, 1000)));
  EXPECT_TRUE(rig.send(pair, numbered(2, 1001)));
  ASSERT_TRUE(pair.far->wait_closed());
  ASSERT_TRUE(pair.near->wait_closed());
  EXPECT_NE(pair.far->why().find("1001 bytes"), std::string::npos) << pair.far->why();
  EXPECT_EQ(pair.far->ids(), std::vector<std::uint64_t>{1});
}

TEST_P(LinkConformance, ClosesFromTheConnectingSide) {
  LinkRig rig(GetParam());
  auto pair = rig.open();
  on_loop(*rig.near_loop, [&] {
    EXPECT_TRUE(pair.link->send(numbered(1, 5000)));
    pair.link->close();
    EXPECT_EQ(pair.near->closed, 0) << "on_close came within close()";
    EXPECT_FALSE(pair.link->send(numbered(2, 10)));
    pair.link->close();
  });
  ASSERT_TRUE(pair.near->wait_closed());
  ASSERT_TRUE(pair.far->wait_closed());
  EXPECT_EQ(pair.near->code(), Code::stopped);
  EXPECT_EQ(pair.far->code(), Code::unavailable);
  EXPECT_FALSE(pair.far->why().empty());
  rig.near_loop.reset();
  rig.far_loop.reset();
  EXPECT_EQ(pair.near->closed, 1);
  EXPECT_EQ(pair.far->closed, 1);
  EXPECT_FALSE(pair.link->send(numbered(3, 10)));
}

TEST_P(LinkConformance, ClosesFromTheAcceptingSide) {
  LinkRig rig(GetParam());
  auto pair = rig.open([](Recorder&, Recorder& far) {
    far.on_each = [](Link& link, const InMessage&) {
      EXPECT_TRUE(link.send(numbered(7, 100)));
      link.close();
    };
  });
  EXPECT_TRUE(rig.send(pair, numbered(1, 10)));
  ASSERT_TRUE(pair.near->wait_closed());
  ASSERT_TRUE(pair.far->wait_closed());
  EXPECT_EQ(pair.near->ids(), std::vector<std::uint64_t>{7}) << "what was sent before close() gets lost";
  EXPECT_EQ(pair.far->code(), Code::stopped);
  EXPECT_EQ(pair.near->code(), Code::unavailable);
}

TEST_P(LinkConformance, HearsThatTheOtherLoopHasGone) {
  LinkRig rig(GetParam());
  auto pair = rig.open();
  rig.far_loop.reset();
  EXPECT_EQ(pair.far->closed, 1);
  EXPECT_EQ(pair.far->code(), Code::stopped);
  ASSERT_TRUE(pair.near->wait_closed());
  EXPECT_EQ(pair.near->code(), Code::unavailable);
}

TEST_P(LinkConformance, EndsWithItsLoopWhileDataFlows) {
  LinkRig rig(GetParam());
  auto pair = rig.open([](Recorder& near, Recorder& far) {
    far.on_each = [](Link& link, const InMessage&) { link.send(numbered(1, 20000)); };
    near.on_each = [](Link& link, const InMessage&) { link.send(numbered(1, 20000)); };
  });
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(rig.send(pair, numbered(1, 20000)));
  ASSERT_TRUE(pair.near->wait_messages(50));
  rig.near_loop.reset();
  EXPECT_EQ(pair.near->closed, 1);
  ASSERT_TRUE(pair.far->wait_closed());
}

TEST_P(LinkConformance, SaysThatNobodyListens) {
  LinkRig rig(GetParam());
  const Address address = rig.listener->address();
  rig.listener.reset();
  const auto events = std::make_shared<Recorder>();
  LinkOptions options;
  GetParam().complete(rig.folder, options);
  const auto link = rig.near_loop->connect(address, options, events);
  ASSERT_TRUE(events->wait_closed());
  EXPECT_EQ(events->opened, 0);
  EXPECT_EQ(events->code(), Code::unavailable) << events->why();
  EXPECT_NE(events->why().find(address.text()), std::string::npos) << events->why();
}

TEST_P(LinkConformance, RefusesALinkThatNobodyWants) {
  LinkRig rig(GetParam());
  rig.accept = [] { return nullptr; };
  const auto events = std::make_shared<Recorder>();
  const auto link = rig.connect(events);
  ASSERT_TRUE(events->wait_closed());
  EXPECT_EQ(events->code(), Code::unavailable) << events->why();
}

TEST_P(LinkConformance, KeepsLinksWhenTheListenerEnds) {
  LinkRig rig(GetParam());
  auto pair = rig.open();
  rig.listener.reset();
  EXPECT_TRUE(rig.send(pair, numbered(1, 10)));
  ASSERT_TRUE(pair.far->wait_messages(1));
}

TEST_P(LinkConformance, CarriesManyMessagesBothWaysThroughSmallQueues) {
  LinkOptions options;
  options.max_queued = 256 << 10;
  LinkRig rig(GetParam(), options, options);
  constexpr std::uint64_t kMessages = 5000;
  // Each side sends until there is no room, and goes on when it is told that there is.
  struct Sender {
    std::uint64_t next = 0;
    void go(Link& link) {
      while (next < kMessages && link.send(numbered(next, 1 + next * 37 % 9000))) ++next;
    }
  };
  Sender near_sender, far_sender;
  auto pair = rig.open([&](Recorder& near, Recorder& far) {
    near.on_opened = near.when_room = [&](Link& link) { near_sender.go(link); };
    far.on_opened = far.when_room = [&](Link& link) { far_sender.go(link); };
    near.on_each = far.on_each = [count = std::uint64_t{0}](Link&, const InMessage& message) mutable {
      EXPECT_EQ(message.header.id, count);
      EXPECT_TRUE(count % 100 != 0 || is_numbered(message, 1 + count * 37 % 9000));
      ++count;
    };
  });
  ASSERT_TRUE(pair.far->wait_messages(kMessages));
  ASSERT_TRUE(pair.near->wait_messages(kMessages));
}

TEST_P(LinkConformance, HoldsManyLinksAtATime) {
  LinkRig rig(GetParam());
  const auto count = static_cast<std::size_t>(GetParam().many);
  std::vector<std::shared_ptr<Recorder>> far, near;
  on_loop(*rig.far_loop, [&] {
    rig.accept = [&] {
      far.push_back(std::make_shared<Recorder>());
      far.back()->on_each = [](Link& link, InMessage message) { link.send({message.header, nullptr}); };
      return far.back();
    };
  });
  std::vector<std::shared_ptr<Link>> links;
  for (std::size_t i = 0; i < count; ++i) {
    near.push_back(std::make_shared<Recorder>());
    near.back()->on_opened = [i](Link& link) { EXPECT_TRUE(link.send(numbered(i, 200))); };
    links.push_back(rig.connect(near.back()));
  }
  for (std::size_t i = 0; i < count; ++i) {
    ASSERT_TRUE(near[i]->wait_messages(1)) << i << ": " << near[i]->why();
    EXPECT_EQ(near[i]->ids(), std::vector<std::uint64_t>{i});
  }
  rig.far_loop.reset();
  for (std::size_t i = 0; i < count; ++i) ASSERT_TRUE(near[i]->wait_closed()) << i;
}

INSTANTIATE_TEST_SUITE_P(Kinds, LinkConformance, testing::ValuesIn(test::link_kinds()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace weir
