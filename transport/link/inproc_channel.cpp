// SPDX-License-Identifier: Apache-2.0
#include "transport/link/inproc_channel.hpp"

namespace weir {

InprocChannel::Sent InprocChannel::send(OutMessage message) {
  const std::scoped_lock lock(mutex_);
  if (closed_) return {};
  if (!queue_.push(std::move(message))) {
    room_wanted_ = true;
    return {};
  }
  return {true, !std::exchange(receiver_awake_, true)};
}

InprocChannel::Taken InprocChannel::take() {
  const std::scoped_lock lock(mutex_);
  Taken taken;
  if (queue_.empty()) {
    receiver_awake_ = false;
    return taken;
  }
  taken.message = queue_.pop();
  taken.room = claim_room();
  return taken;
}

InprocChannel::Withdrawn InprocChannel::withdraw(MessageType type, std::uint64_t id) {
  const std::scoped_lock lock(mutex_);
  if (!queue_.withdraw(type, id)) return {};
  return {true, claim_room()};
}

bool InprocChannel::claim_room() {
  if (!room_wanted_ || !queue_.has_room()) return false;
  room_wanted_ = false;
  return true;
}

std::size_t InprocChannel::bytes() const {
  const std::scoped_lock lock(mutex_);
  return queue_.bytes();
}

void InprocChannel::close() {
  const std::scoped_lock lock(mutex_);
  closed_ = true;
}

void InprocChannel::drop() {
  const std::scoped_lock lock(mutex_);
  closed_ = true;
  queue_.clear();
}

}  // namespace weir
