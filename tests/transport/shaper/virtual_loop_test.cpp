// SPDX-License-Identifier: Apache-2.0
#include "transport/shaper/virtual_loop.hpp"

#include <gtest/gtest.h>

#include "tests/transport/link/link_rig.hpp"

namespace weir {
namespace {

using std::chrono::milliseconds;
using test::numbered;
using test::Recorder;

const Address kPlace = *parse_address("inproc://place");

TimePoint at_ms(int ms) { return TimePoint(milliseconds(ms)); }

TEST(VirtualLoop, RunsInTheOrderOfTime) {
  VirtualLoop loop;
  std::vector<int> order;
  loop.call_at(at_ms(5), [&] {
    order.push_back(2);
    EXPECT_EQ(loop.now(), at_ms(5));
    loop.post([&] { order.push_back(4); });
  });
  loop.call_at(at_ms(5), [&] { order.push_back(3); });
  loop.call_at(at_ms(1), [&] { order.push_back(1); });
  loop.call_at(at_ms(9), [&] { order.push_back(5); });
  loop.run_until(at_ms(8));
  EXPECT_EQ(order, (std::vector{1, 2, 3, 4}));
  EXPECT_EQ(loop.now(), at_ms(8));
  EXPECT_EQ(loop.next_event(), at_ms(9));
}

TEST(VirtualLoop, CarriesMessagesAndCloses) {
  VirtualLoop loop;
  const auto near = std::make_shared<Recorder>(), far = std::make_shared<Recorder>();
  far->on_each = [](Link& link, const InMessage& message) {
    EXPECT_TRUE(test::is_numbered(message, 1000));
    EXPECT_TRUE(link.send(numbered(message.header.id + 1, 500)));
    link.close();
  };
  const auto listener = loop.listen(kPlace, {}, [&] { return far; });
  ASSERT_TRUE(listener);
  EXPECT_FALSE(loop.listen(kPlace, {}, [&] { return far; }));
  const auto link = loop.connect(kPlace, {}, near);
  EXPECT_FALSE(link->send(numbered(1, 1))) << "it is not open yet";
  loop.run_until(at_ms(1));
  EXPECT_TRUE(link->send(numbered(1, 1000, 300)));
  loop.run_until(at_ms(2));
  EXPECT_EQ(near->ids(), std::vector<std::uint64_t>{2});
  EXPECT_EQ(near->closed, 1);
  EXPECT_EQ(far->closed, 1);
  EXPECT_EQ(near->code(), Code::unavailable);
}

TEST(VirtualLoop, ClosesAllWhenItEnds) {
  const auto near = std::make_shared<Recorder>(), far = std::make_shared<Recorder>();
  const auto nobody = std::make_shared<Recorder>();
  {
    VirtualLoop loop;
    const auto listener = loop.listen(kPlace, {}, [&] { return far; });
    loop.connect(kPlace, {}, near);
    loop.connect(*parse_address("inproc://elsewhere"), {}, nobody);
    loop.run_until(at_ms(1));
    EXPECT_EQ(nobody->closed, 1);
    EXPECT_EQ(near->closed, 0);
  }
  EXPECT_EQ(near->closed, 1);
  EXPECT_EQ(far->closed, 1);
}

}  // namespace
}  // namespace weir
