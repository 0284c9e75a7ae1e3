// SPDX-License-Identifier: Apache-2.0
// Workers in processes of their own that die, stand still or are slow.
#include <gtest/gtest.h>

#include <csignal>

#include "tests/app/program.hpp"
#include "tests/transport/link/link_rig.hpp"
#include "tests/transport/remote/device.hpp"
#include "tests/transport/remote/echo_worker.hpp"
#include "tests/transport/remote/fault_matrix.hpp"

namespace weir::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Address kAnyPort = *parse_address("tcp://127.0.0.1:0");
// Wide enough for a machine that is busy with other tests; each test's own figure is what counts.
constexpr Duration kBudget = seconds(2);
constexpr Duration kPeriod = milliseconds(20);

/// A worker in a process of its own.
struct WorkerProcess {
  explicit WorkerProcess(int service_ms, const Address& at = kAnyPort)
      : program({WEIR_FAULT_WORKER, at.text(), std::to_string(service_ms)}) {
    EXPECT_TRUE(program.wait_for_error_text("\n")) << program.error_text();
    const std::string text = program.error_text();
    const auto told = parse_address(text.substr(text.find(' ') + 1, text.find('\n') - text.find(' ') - 1));
    if (!told) throw std::runtime_error(text);
    address = *told;
  }

  Program program;
  Address address;
};

void kill_one() {
  WorkerProcess one(5), two(5);
  Device device({one.address, two.address});
  device.ask_steadily(kPeriod, kBudget);
  ASSERT_TRUE(device.more_results_of(0, 20));
  ASSERT_TRUE(device.more_results_of(1, 20));
  one.program.signal(SIGKILL);
  EXPECT_LT(time_until([&] { return !device.worker(0).connected; }), 5 * milliseconds(50));
  EXPECT_TRUE(device.more_results(50));
  device.stop_asking();
  device.expect_nothing_refused();
}

void kill_one_that_has_work() {
  WorkerProcess one(600'000), two(600'000);
  CloudClientOptions options;
  options.dispatch.first_service = seconds(20);  // so that no attempt times out: only the kill can move its work
  Device device({one.address, two.address}, options);
  ASSERT_TRUE(eventually([&] { return device.worker(0).connected && device.worker(1).connected; }));
  std::thread first([&] { EXPECT_EQ(device.ask(seconds(100)).reason, "worker_lost"); });
  std::thread second([&] { EXPECT_EQ(device.ask(seconds(100)).reason, "worker_lost"); });
  ASSERT_TRUE(eventually([&] { return device.client->traffic().bytes_up > 20000; })) << "each has one";
  one.program.signal(SIGKILL);
  ASSERT_TRUE(eventually([&] { return device.client->traffic().requests.redispatched == 1; }));
  two.program.signal(SIGKILL);
  first.join();
  second.join();
}

void kill_the_only_one() {
  WorkerProcess one(600'000);
  Device device({one.address});
  ASSERT_TRUE(device.client->wait_for_worker(0, seconds(10)));
  std::thread asks([&] { EXPECT_EQ(device.ask(Duration::max()).reason, "worker_lost"); });
  ASSERT_TRUE(eventually([&] { return device.client->traffic().bytes_up > 10000; }));
  one.program.signal(SIGKILL);
  asks.join();
  EXPECT_EQ(device.ask(kBudget).reason, "no_worker") << "is told at once, without a deadline as well";
  EXPECT_EQ(device.ask(Duration::max()).reason, "no_worker");
}

void stop_one_and_continue() {
  WorkerProcess one(5), two(5);
  Device device({one.address, two.address});
  device.ask_steadily(kPeriod, kBudget);
  ASSERT_TRUE(device.more_results_of(0, 20));
  ASSERT_TRUE(device.more_results_of(1, 20));
  one.program.signal(SIGSTOP);
  // A time-out of an attempt is at most half the budget; with 5 ms of service it is far below that.
  const auto timeouts = [&] { return device.worker(0).timeouts; };
  EXPECT_LT(time_until([&, before = timeouts()] { return timeouts() > before; }), 5 * milliseconds(150));
  EXPECT_TRUE(device.more_results(50));
  one.program.signal(SIGCONT);
  EXPECT_TRUE(device.more_results_of(0, 20)) << "it is not used again";
  device.stop_asking();
  device.expect_nothing_refused();
}

void stop_all_and_continue() {
  WorkerProcess one(5), two(5);
  Device device({one.address, two.address});
  device.ask_steadily(kPeriod, milliseconds(200));
  ASSERT_TRUE(device.more_results(20));
  one.program.signal(SIGSTOP);
  two.program.signal(SIGSTOP);
  ASSERT_TRUE(eventually([&, before = device.tally().expired] { return device.tally().expired > before + 50; }));
  one.program.signal(SIGCONT);
  two.program.signal(SIGCONT);
  const auto results = [&] { return device.tally().results; };
  EXPECT_LT(time_until([&, before = results()] { return results() > before; }), 5 * seconds(1));
  EXPECT_TRUE(device.more_results(50));
}

void one_is_ten_times_slow() {
  WorkerProcess fast(20), slow(200);
  Device device({fast.address, slow.address});
  device.ask_steadily(milliseconds(30), kBudget);
  ASSERT_TRUE(device.more_results(80));
  device.stop_asking();
  device.expect_nothing_refused();
  EXPECT_GT(device.worker(0).results, 3 * device.worker(1).results);
}

void kill_and_start_again() {
  const TemporaryFolder folder;
  const Address place = *parse_address("unix:" + (folder.path / "worker").string());
  auto worker = std::make_unique<WorkerProcess>(2, place);
  Device device({place});
  device.ask_steadily(kPeriod, kBudget);
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(device.more_results(20));
    worker->program.signal(SIGKILL);
    ASSERT_TRUE(eventually(
        [&, before = device.tally().nacks["no_worker"]] { return device.tally().nacks["no_worker"] > before + 20; }));
    worker = std::make_unique<WorkerProcess>(2, place);
    const auto results = [&] { return device.tally().results; };
    EXPECT_LT(time_until([&, before = results()] { return results() > before; }), 2 * seconds(1));
  }
  EXPECT_EQ(device.worker(0).results, device.client->traffic().requests.results) << "of all its lives";
}

void drain_one() {
  EchoWork work(milliseconds(20));
  auto one = start_echo(kAnyPort, work), two = start_echo(kAnyPort, work);
  Device device({one->addresses().front(), two->addresses().front()});
  device.ask_steadily(kPeriod, kBudget);
  ASSERT_TRUE(device.more_results_of(0, 5));
  one->drain(seconds(10));
  one.reset();
  EXPECT_TRUE(device.more_results(50));
  device.stop_asking();
  device.expect_nothing_refused();
  EXPECT_EQ(device.client->traffic().requests.redispatched, device.worker(0).nacks) << "answered all that it took";
}

void end_a_busy_worker() {
  const TemporaryFolder folder;
  const Address place = *parse_address("unix:" + (folder.path / "worker").string());
  EchoWork work({});
  auto worker = start_echo(place, work);
  Device device({place});
  device.ask_steadily(std::chrono::microseconds(100), kBudget, 100);
  for (int round = 0; round < 30; ++round) {
    ASSERT_TRUE(device.more_results(20));
    worker.reset();  // while requests arrive
    worker = start_echo(place, work);
  }
}

void drain_with_large_answers() {
  EchoWork work({}, std::size_t{3} << 20);
  auto worker = start_echo(kAnyPort, work);
  Device device({worker->addresses().front()});
  device.ask_steadily(kPeriod, kBudget);
  ASSERT_TRUE(device.more_results(3));
  worker->drain(seconds(10));
  const WorkerCounters counters = worker->counters();
  worker.reset();
  device.stop_asking();
  EXPECT_EQ(static_cast<std::uint64_t>(device.tally().results), counters.results) << "an answer was not sent whole";
  EXPECT_EQ(device.tally().nacks["worker_lost"], 0);
}

void end_the_device() {
  WorkerProcess one(600'000);
  Device device({one.address});
  device.ask_steadily(milliseconds(1), Duration::max());
  ASSERT_TRUE(eventually([&] { return device.tally().asked > 10; }));
  device.client->stop();
  EXPECT_TRUE(eventually([&] { return device.tally().nacks["stopped"] > 20; }));
}

}  // namespace

std::vector<Fault> crash_faults() {
  return {{"WorkerKilled", kill_one},
          {"WorkerKilledWithWork", kill_one_that_has_work},
          {"OnlyWorkerKilled", kill_the_only_one},
          {"WorkerStoppedAndContinued", stop_one_and_continue},
          {"EveryWorkerStoppedAndContinued", stop_all_and_continue},
          {"WorkerTenTimesSlow", one_is_ten_times_slow},
          {"WorkerKilledAndStartedAgain", kill_and_start_again},
          {"BusyWorkerEnds", end_a_busy_worker},
          {"WorkerDrained", drain_one},
          {"WorkerDrainedWithLargeAnswers", drain_with_large_answers},
          {"DeviceEnds", end_the_device}};
}

}  // namespace weir::test
