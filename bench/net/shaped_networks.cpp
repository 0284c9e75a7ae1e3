// SPDX-License-Identifier: Apache-2.0
#include "bench/net/shaped_networks.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

#include <algorithm>

#include "bench/net/tun_device.hpp"
#include "kernels/base/random.hpp"

namespace weir::bench {
namespace {

constexpr int kAtOnce = 64;           // packets of one device before the other has its turn
constexpr std::size_t kMost = 65536;  // bytes of a packet

bool is_ipv4(std::span<const std::uint8_t> packet) { return !packet.empty() && packet[0] >> 4 == 4; }

Result<OwnFd> equip(const OwnNetwork& network, const char* address) {
  const OwnNetwork::Visit visit(network);
  if (!visit.status()) return fail(visit.status().error());
  return make_tun_device(address);
}

timespec to_timespec(Duration time) {
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(time);
  return {static_cast<time_t>(whole.count()), static_cast<long>((time - whole).count())};
}

}  // namespace

Result<std::unique_ptr<ShapedNetworks>> ShapedNetworks::create(ShapedOptions options) {
  auto near = OwnNetwork::create();
  if (!near) return fail(near.error());
  auto far = OwnNetwork::create();
  if (!far) return fail(far.error());
  auto near_device = equip(*near, kNear);
  if (!near_device) return fail(near_device.error());
  auto far_device = equip(*far, kFar);
  if (!far_device) return fail(far_device.error());
  OwnFd stop(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop) return fail(Code::unavailable, "no eventfd for the shaper; the limit of open files may be too low");
  std::array<OwnFd, 3> fds{std::move(*near_device), std::move(*far_device), std::move(stop)};
  return std::unique_ptr<ShapedNetworks>(
      new ShapedNetworks(options, std::move(*near), std::move(*far), std::move(fds)));
}

ShapedNetworks::ShapedNetworks(const ShapedOptions& options, OwnNetwork near, OwnNetwork far, std::array<OwnFd, 3> fds)
    : end_(options.at_most),
      near_(std::move(near)),
      far_(std::move(far)),
      fds_(std::move(fds)),
      ways_{
          Way{PacketPath(options.network.up, Random(options.network.seed).next()), fds_[0].get(), fds_[1].get()},
          Way{PacketPath(options.network.down, Random(options.network.seed + 1).next()), fds_[1].get(), fds_[0].get()}},
      thread_([this] { run(); }) {}

ShapedNetworks::~ShapedNetworks() { stop(); }

void ShapedNetworks::stop() {
  if (!thread_.joinable()) return;
  eventfd_write(fds_[2].get(), 1);
  thread_.join();
}

void ShapedNetworks::run() {
  prctl(PR_SET_TIMERSLACK, 1);
  while (wait()) {
    for (Way& way : ways_) take_in(way);
    for (Way& way : ways_) let_out(way);
  }
}

/// Until there is something to do; false when that is to end.
bool ShapedNetworks::wait() {
  std::array<pollfd, 3> polled{{{fds_[0].get(), POLLIN, 0}, {fds_[1].get(), POLLIN, 0}, {fds_[2].get(), POLLIN, 0}}};
  const TimePoint until = std::min({ways_[0].path.next(), ways_[1].path.next(), end_});
  const timespec time = to_timespec(std::max(until - now(), Duration{}));
  ppoll(polled.data(), polled.size(), &time, nullptr);
  return polled[2].revents == 0 && now() < end_;
}

void ShapedNetworks::take_in(Way& way) {
  std::array<std::uint8_t, kMost> buffer;
  for (int i = 0; i < kAtOnce; ++i) {
    const ssize_t bytes = read(way.from, buffer.data(), buffer.size());
    if (bytes <= 0) return;
    const std::span packet(buffer.data(), static_cast<std::size_t>(bytes));
    if (is_ipv4(packet)) way.path.enter(packet, now());  // IPv6 only looks for routers that there are not
  }
}

void ShapedNetworks::let_out(Way& way) {
  for (const TimePoint time = now(); way.path.next() <= time; way.path.pop()) {
    if (write(way.to, way.path.front().data(), way.path.front().size()) < 0) ++unwritten_;
  }
}

}  // namespace weir::bench
