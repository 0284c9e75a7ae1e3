// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <thread>

#include "bench/net/own_network.hpp"
#include "bench/net/packet_path.hpp"
#include "transport/shaper/shaping_loop.hpp"

namespace weir::bench {

struct ShapedOptions {
  Network network;                              ///< up: from near() to far(); its times count from create()
  Duration at_most = std::chrono::minutes(10);  ///< then nothing passes any more
};

/// Two networks of this machine and a shaped path between them: a TUN device in each, and a thread that carries their
/// IPv4 packets. Real TCP meets a real rate, delay, loss and queue there. Its congestion control is each socket's own:
/// a network may not choose one that the system does not allow to all. Nothing of it outlives the object or its
/// process.
class ShapedNetworks {
 public:
  /// Addresses of the two ends. Out of the loopback net, because Weir speaks plain tcp within a machine only; inside
  /// there is no loopback device, so they are routed through the TUN devices as any others would be.
  static constexpr const char* kNear = "127.77.0.1";
  static constexpr const char* kFar = "127.77.0.2";

  /// Code::unavailable without root, network namespaces, /dev/net/tun or settings below /proc/sys/net.
  static Result<std::unique_ptr<ShapedNetworks>> create(ShapedOptions options);
  ~ShapedNetworks();
  ShapedNetworks(const ShapedNetworks&) = delete;
  ShapedNetworks& operator=(const ShapedNetworks&) = delete;

  const OwnNetwork& near() const { return near_; }
  const OwnNetwork& far() const { return far_; }

  /// Ends the thread; nothing passes any more.
  void stop();

  /// After stop().
  const PacketPath& up() const { return ways_[0].path; }
  const PacketPath& down() const { return ways_[1].path; }
  std::uint64_t unwritten() const { return unwritten_; }  ///< packets that a device had no room for

 private:
  struct Way {
    PacketPath path;
    int from, to;
  };

  ShapedNetworks(const ShapedOptions& options, OwnNetwork near, OwnNetwork far, std::array<OwnFd, 3> fds);
  void run();
  TimePoint now() const { return TimePoint(std::chrono::steady_clock::now() - start_); }
  void take_in(Way& way);
  void let_out(Way& way);
  bool wait();

  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  const TimePoint end_;
  OwnNetwork near_, far_;
  std::array<OwnFd, 3> fds_;  // the devices, near and far, and an eventfd that ends the thread
  std::array<Way, 2> ways_;
  std::uint64_t unwritten_ = 0;
  std::thread thread_;
};

}  // namespace weir::bench
