// SPDX-License-Identifier: Apache-2.0
#include "transport/link/address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(Address, ReadsEveryFormAndWritesItBack) {
  for (const std::string text :
       {"inproc://worker", "unix:/run/weir/worker.socket", "unix:@weir", "tcp://127.0.0.1:4000", "tcp://[::1]:4000",
        "tls://worker.example.com:7700", "tls://[fe80::1]:1", "nats://localhost:4222/worker-1", "tcp://localhost:0"}) {
    const auto address = parse_address(text);
    ASSERT_TRUE(address) << address.error().text;
    EXPECT_EQ(address->text(), text);
    EXPECT_TRUE(*parse_address(address->text()) == *address);
  }
  EXPECT_EQ(parse_address("tls://worker:7700")->host, "worker");
  EXPECT_EQ(parse_address("tls://worker:7700")->port, 7700);
  EXPECT_EQ(parse_address("nats://h:1/a")->name, "a");
  EXPECT_EQ(parse_address("unix:/a b")->name, "/a b");
}

TEST(Address, RefusesWithWhatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "no scheme"},
      {"worker:4000", "no scheme"},
      {"http://worker:4000", "unknown scheme"},
      {"tcp://worker", "no port"},
      {"tcp://:4000", "no host"},
      {"tcp://worker:", "no number"},
      {"tcp://worker:65536", "no number"},
      {"tcp://worker:-1", "no number"},
      {"tcp://worker:40x", "no number"},
      {"tcp://::1:4000", "[ ]"},
      {"tcp://[::1:4000", "IPv6"},
      {"tcp://[worker]:4000", "IPv6"},
      {"tcp://a b:4000", "space"},
      {"inproc://", "no name"},
      {"unix:relative", "starts with /"},
      {"unix:/", "starts with /"},
      {"unix:/" + std::string(120, 'x'), "107"},
      {"nats://worker:4222", "/NAME"},
      {"nats://worker:4222/", "/NAME"},
      {"nats://worker:4222/a.b", "NAME"},
  };
  for (const auto& [text, what] : cases) {
    const auto address = parse_address(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().code, Code::invalid);
    EXPECT_THAT(address.error().text, testing::HasSubstr(what)) << text;
    EXPECT_THAT(address.error().text, testing::HasSubstr("tls://HOST:PORT")) << "tells how one looks";
  }
}

TEST(Address, KnowsWhatOtherMachinesCannotReach) {
  for (const char* text : {"inproc://a", "unix:/a", "unix:@a", "tcp://127.0.0.1:1", "tcp://127.9.9.9:1",
                           "tcp://[::1]:1", "tcp://localhost:1", "nats://localhost:1/a"}) {
    EXPECT_TRUE(is_loopback(*parse_address(text))) << text;
  }
  for (const char* text : {"tcp://0.0.0.0:1", "tcp://[::]:1", "tcp://10.0.0.1:1", "tls://worker:1",
                           "tcp://localhost.example.com:1", "tcp://127.0.0.1.example.com:1"}) {
    EXPECT_FALSE(is_loopback(*parse_address(text))) << text;
  }
}

TEST(Address, KnowsThisMachinesAddresses) {
  for (const char* host : {"localhost", "127.0.0.1", "127.9.9.9", "::1"}) EXPECT_TRUE(is_loopback_host(host)) << host;
  for (const char* host : {"", "0.0.0.0", "::", "10.0.0.1", "localhost.example", "128.0.0.1"}) {
    EXPECT_FALSE(is_loopback_host(host)) << host;
  }
}

}  // namespace
}  // namespace weir
