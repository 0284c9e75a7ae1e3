// SPDX-License-Identifier: Apache-2.0
#include "bench/net/packet_path.hpp"

#include <utility>

namespace weir::bench {

bool PacketPath::enter(std::span<const std::uint8_t> packet, TimePoint now) {
  const auto out = clock_.pass_packet(packet.size(), now);
  if (!out || *out == kNever) {
    ++lost_;
    return false;
  }
  std::vector<std::uint8_t> bytes;
  if (!spare_.empty()) {
    bytes = std::move(spare_.back());
    spare_.pop_back();
  }
  bytes.assign(packet.begin(), packet.end());
  going_.push_back({*out, std::move(bytes)});
  ++entered_;
  return true;
}

void PacketPath::pop() {
  spare_.push_back(std::move(going_.front().bytes));
  going_.pop_front();
}

}  // namespace weir::bench
