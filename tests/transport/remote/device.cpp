// SPDX-License-Identifier: Apache-2.0
#include "tests/transport/remote/device.hpp"

#include <gtest/gtest.h>

#include "tests/transport/remote/echo_worker.hpp"

namespace weir::test {
namespace {

using std::chrono::steady_clock;

// Answers come from a thread that may have to wait for a core.
constexpr Duration kMostOverrun = std::chrono::seconds(1);

}  // namespace

Duration time_until(const std::function<bool()>& condition, Duration at_most) {
  const auto start = steady_clock::now();
  while (!condition()) {
    if (steady_clock::now() - start > at_most) return at_most;
    std::this_thread::sleep_for(std::chrono::microseconds(500));
  }
  return steady_clock::now() - start;
}

bool eventually(const std::function<bool()>& condition, Duration at_most) {
  return time_until(condition, at_most) < at_most;
}

int Tally::all_nacks() const {
  int all = 0;
  for (const auto& [reason, count] : nacks) all += count;
  return all;
}

Device::Device(const std::vector<Address>& workers, CloudClientOptions options) {
  options.workers = workers;
  if (options.services.empty()) options.services = {kEcho};
  auto made = CloudClient::create(std::move(options));
  if (!made) throw std::runtime_error(made.error().text);
  client = std::move(*made);
}

Device::~Device() {
  stop_asking();
  client->stop();
  const Tally all = tally();
  const DispatchCounters counters = client->traffic().requests;
  EXPECT_EQ(all.results + all.expired + all.all_nacks(), all.asked);
  EXPECT_EQ(counters.submitted, static_cast<std::uint64_t>(all.asked));
  EXPECT_EQ(counters.results, static_cast<std::uint64_t>(all.results));
  EXPECT_EQ(counters.nacks, static_cast<std::uint64_t>(all.all_nacks()));
  EXPECT_EQ(counters.expired, static_cast<std::uint64_t>(all.expired));
  EXPECT_LT(all.longest_overrun, kMostOverrun);
}

CloudAnswer Device::ask(Duration budget, std::size_t payload_bytes) {
  const std::uint64_t order = order_++;
  {
    const std::lock_guard lock(mutex_);
    ++tally_.asked;
  }
  const auto start = steady_clock::now();
  CloudAnswer answer = client->ask(0, echo_request(order, payload_bytes), budget, order);
  const Duration took = steady_clock::now() - start;
  const std::lock_guard lock(mutex_);
  if (budget != Duration::max()) tally_.longest_overrun = std::max(tally_.longest_overrun, took - budget);
  switch (answer.ending) {
    case Ending::result:
      ++tally_.results;
      break;
    case Ending::expired:
      ++tally_.expired;
      break;
    case Ending::nack:
      ++tally_.nacks[answer.reason];
      break;
  }
  return answer;
}

void Device::ask_steadily(Duration period, Duration budget, std::size_t payload_bytes) {
  EXPECT_TRUE(client->wait_for_worker(0, std::chrono::seconds(10)));
  constexpr int kThreads = 16;
  const auto start = steady_clock::now();
  for (int i = 0; i < kThreads; ++i) {
    threads_.emplace_back([=, this] {
      for (auto due = start + i * period;; due += kThreads * period) {
        {
          std::unique_lock lock(mutex_);
          if (stop_.wait_until(lock, due, [this] { return stopping_; })) return;
        }
        ask(budget, payload_bytes);
      }
    });
  }
}

void Device::stop_asking() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  stopping_ = false;
}

bool Device::more_results(int count) {
  const int wanted = tally().results + count;
  return eventually([&] { return tally().results >= wanted; });
}

bool Device::more_results_of(int number, std::uint64_t count) {
  const std::uint64_t wanted = worker(number).results + count;
  return eventually([&] { return worker(number).results >= wanted; });
}

void Device::expect_nothing_refused() const {
  const Tally all = tally();
  EXPECT_LE(all.expired, all.asked / 10);
  for (const auto& [reason, count] : all.nacks) ADD_FAILURE() << count << " ended as " << reason;
}

Tally Device::tally() const {
  const std::lock_guard lock(mutex_);
  return tally_;
}

}  // namespace weir::test
