// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "tests/transport/link/link_rig.hpp"

namespace weir {
namespace {

using std::chrono::milliseconds;

TEST(LinkLoop, CallsInTheOrderOfTheirTimesAndNeverEarly) {
  const auto loop = test::new_loop();
  std::promise<void> done;
  std::vector<int> order;
  const TimePoint start = loop->now();
  const auto at = [&](int ms, int number) {
    loop->call_at(start + milliseconds(ms), [&, ms, number] {
      EXPECT_GE(loop->now(), start + milliseconds(ms));
      order.push_back(number);
      if (ms == 12) done.set_value();
    });
  };
  at(12, 4);
  at(3, 1);
  at(8, 2);
  at(8, 3);
  loop->call_at(start - milliseconds(5), [&] { order.push_back(0); });
  loop->call_at(kNever, [] { FAIL(); });
  done.get_future().wait();
  EXPECT_EQ(order, (std::vector{0, 1, 2, 3, 4}));
}

TEST(LinkLoop, RunsAllPostedCallsOnOneThread) {
  const auto loop = test::new_loop();
  std::vector<std::thread::id> threads;
  std::vector<std::thread> posters;
  for (int i = 0; i < 4; ++i) {
    posters.emplace_back([&] {
      for (int call = 0; call < 500; ++call) loop->post([&] { threads.push_back(std::this_thread::get_id()); });
    });
  }
  for (std::thread& poster : posters) poster.join();
  test::on_loop(*loop, [] {});
  EXPECT_EQ(threads, std::vector<std::thread::id>(2000, threads.at(0)));
  EXPECT_NE(threads[0], std::this_thread::get_id());
}

TEST(LinkLoop, ALinkThatIsOpenedWhileTheLoopEndsHearsOfIt) {
  auto loop = test::new_loop();
  auto listener =
      loop->listen(*parse_address("tcp://127.0.0.1:0"), {}, [] { return std::make_shared<test::Recorder>(); });
  ASSERT_TRUE(listener);
  const auto again = std::make_shared<test::Recorder>();
  struct Reopener : test::Recorder {
    std::function<void()> reopen;
    void on_close(Link& closed_link, const Status& why) override {
      Recorder::on_close(closed_link, why);
      reopen();
    }
  };
  const auto first = std::make_shared<Reopener>();
  const auto link = loop->connect((*listener)->address(), {}, first);
  ASSERT_TRUE(first->wait_opened());
  first->reopen = [&] { loop->connect((*listener)->address(), {}, again); };
  loop->stop();
  EXPECT_EQ(first->closed, 1);
  EXPECT_EQ(again->closed, 1);
}

TEST(LinkLoop, AListenerMayEndWithinItsOwnCallAndAfterItsLoop) {
  auto loop = test::new_loop();
  std::unique_ptr<Listener> listener;
  const auto events = std::make_shared<test::Recorder>();
  auto made = loop->listen(*parse_address("tcp://127.0.0.1:0"), {}, [&]() -> std::shared_ptr<LinkEvents> {
    listener.reset();
    return std::make_shared<test::Recorder>();
  });
  ASSERT_TRUE(made);
  const Address address = (*made)->address();
  test::on_loop(*loop, [&] { listener = std::move(*made); });
  const auto link = loop->connect(address, {}, events);
  ASSERT_TRUE(events->wait_opened());
  auto second = loop->listen(*parse_address("tcp://127.0.0.1:0"), {}, [] { return nullptr; });
  ASSERT_TRUE(second);
  loop.reset();
  second->reset();
}

}  // namespace
}  // namespace weir
