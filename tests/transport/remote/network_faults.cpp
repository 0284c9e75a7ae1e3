// SPDX-License-Identifier: Apache-2.0
// A network that loses, is slow or is not there.
#include <gtest/gtest.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "tests/transport/link/link_rig.hpp"
#include "tests/transport/remote/device.hpp"
#include "tests/transport/remote/echo_worker.hpp"
#include "tests/transport/remote/fault_matrix.hpp"
#include "transport/shaper/shaping_loop.hpp"

namespace weir::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Address kAnyPort = *parse_address("tcp://127.0.0.1:0");

CloudClientOptions through(const LinkTrace& up, const LinkTrace& down) {
  CloudClientOptions options;
  options.make_loop = [=]() -> Result<std::unique_ptr<LinkLoop>> { return make_shaping_loop(new_loop(), {up, down}); };
  return options;
}

void one_percent_is_lost() {
  PathState path;
  path.bits_per_second = 50e6;
  path.delay = milliseconds(5);
  path.loss = 0.01;
  EchoWork work{milliseconds(2)};
  const auto server = start_echo(kAnyPort, work);
  Device device({server->addresses().front()}, through(LinkTrace(path), LinkTrace(path)));
  ASSERT_TRUE(device.client->wait_for_worker(0, seconds(10)));
  device.ask_steadily(milliseconds(20), seconds(2), 30'000);
  ASSERT_TRUE(device.more_results(150));
  device.stop_asking();
  device.expect_nothing_refused();
}

void rate_drops() {
  PathState path;
  path.delay = milliseconds(10);
  const auto up = LinkTrace::parse("seconds,mbps\n0,20\n1,2\n3,20\n3.5,20\n", "t", path);
  ASSERT_TRUE(up);
  EchoWork work{milliseconds(2)};
  const auto server = start_echo(kAnyPort, work);
  Device device({server->addresses().front()}, through(*up, LinkTrace(path)));
  ASSERT_TRUE(device.client->wait_for_worker(0, seconds(10)));
  device.ask_steadily(milliseconds(20), milliseconds(200), 20'000);  // 8 Mbit/s
  int results = device.tally().results, fewest = 1000, most = 0;
  for (int i = 0; i < 14; ++i) {
    const auto half_second = std::chrono::steady_clock::now() + milliseconds(500);
    eventually([&] { return std::chrono::steady_clock::now() >= half_second; });
    const int now = device.tally().results;
    fewest = std::min(fewest, now - results);
    most = std::max(most, now - results);
    results = now;
  }
  device.stop_asking();
  EXPECT_GT(fewest, 0) << "of 25 asked in half a second; 6 can pass at 2 Mbit/s";
  EXPECT_LT(fewest, 12) << "this network was never slow";
  EXPECT_GT(most, 15) << "of 25: all can pass at 20 Mbit/s";
}

/// Switches the only interface of this thread's network.
bool set_loopback(bool up) {
  ifreq request{};
  request.ifr_name[0] = 'l';
  request.ifr_name[1] = 'o';
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const bool known = ioctl(socket, SIOCGIFFLAGS, &request) == 0;
  request.ifr_flags = static_cast<short>(up ? request.ifr_flags | IFF_UP : request.ifr_flags & ~IFF_UP);
  const bool done = known && ioctl(socket, SIOCSIFFLAGS, &request) == 0;
  close(socket);
  return done;
}

/// Real sockets of which the packets go nowhere for a while, as if a cable were pulled: no reset tells anybody.
void network_is_away() {
  std::string skip;
  std::thread own_network([&] {  // threads made by this one are in its network, too
    if (unshare(CLONE_NEWNET) != 0 || !set_loopback(true)) {
      skip = "no network of its own for this test: " + std::generic_category().message(errno);
      return;
    }
    EchoWork work{milliseconds(2)};
    const auto server = start_echo(kAnyPort, work);
    Device device({server->addresses().front()});
    device.ask_steadily(milliseconds(10), milliseconds(200));
    ASSERT_TRUE(device.more_results(50));
    ASSERT_TRUE(set_loopback(false));
    EXPECT_LT(time_until([&] { return !device.worker(0).connected; }), 2 * seconds(2)) << "nobody sees that it is away";
    ASSERT_TRUE(eventually([&] { return device.tally().nacks["no_worker"] > 150; }));
    ASSERT_TRUE(set_loopback(true));
    const auto results = [&] { return device.tally().results; };
    const Duration back = time_until([&, before = results()] { return results() > before; });
    EXPECT_LT(back, 2 * seconds(1));
    EXPECT_TRUE(eventually([&] { return server->counters().devices == 1; })) << "the worker keeps a dead device";
  });
  own_network.join();
  if (!skip.empty()) GTEST_SKIP() << skip;
}

}  // namespace

std::vector<Fault> network_faults() {
  return {{"OnePercentIsLost", one_percent_is_lost},
          {"RateDropsFrom20To2Mbit", rate_drops},
          {"NetworkIsAway", network_is_away}};
}

}  // namespace weir::test
