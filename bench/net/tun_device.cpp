// SPDX-License-Identifier: Apache-2.0
#include "bench/net/tun_device.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "bench/net/own_network.hpp"

namespace weir::bench {
namespace {

constexpr char kName[] = "weir0";
constexpr int kMtu = 1500;

Status refused(const std::string& what) {
  return {Code::unavailable, what + ": " + std::generic_category().message(errno) + "; run as root"};
}

ifreq request_for_device() {
  ifreq request{};
  std::memcpy(request.ifr_name, kName, sizeof kName);
  return request;
}

ifreq request_with(const std::string& address) {
  ifreq request = request_for_device();
  sockaddr_in name{};
  name.sin_family = AF_INET;
  inet_pton(AF_INET, address.c_str(), &name.sin_addr);
  std::memcpy(&request.ifr_addr, &name, sizeof name);
  return request;
}

Status set_up(const std::string& address) {
  const OwnFd any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq where = request_with(address), mask = request_with("255.255.255.252");
  ifreq mtu = request_for_device(), flags = request_for_device();
  mtu.ifr_mtu = kMtu;
  const bool done = any && ioctl(any.get(), SIOCSIFMTU, &mtu) == 0 && ioctl(any.get(), SIOCGIFFLAGS, &flags) == 0;
  flags.ifr_flags = static_cast<short>(flags.ifr_flags | IFF_UP);
  // The address comes last: the routes that it brings need a device that is up.
  if (done && ioctl(any.get(), SIOCSIFFLAGS, &flags) == 0 && ioctl(any.get(), SIOCSIFADDR, &where) == 0 &&
      ioctl(any.get(), SIOCSIFNETMASK, &mask) == 0) {
    return {};
  }
  return refused("a TUN device cannot be given the address " + address);
}

}  // namespace

Result<OwnFd> make_tun_device(const std::string& address) {
  OwnFd device(open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!device) return fail(refused("/dev/net/tun cannot be opened").error());
  ifreq request = request_for_device();
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (ioctl(device.get(), TUNSETIFF, &request) != 0) return fail(refused("no TUN device can be made").error());
  if (address.starts_with("127.")) {
    const std::string setting = std::string("ipv4/conf/") + kName + "/route_localnet";
    if (Status status = set_network(setting, "1"); !status) return fail(status.error());
  }
  if (Status status = set_up(address); !status) return fail(status.error());
  return device;
}

}  // namespace weir::bench
