// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <optional>

#include "transport/link/send_queue.hpp"

namespace weir {

/// One direction of a link within the process: what one side has sent and the other has not taken. Thread-safe.
class InprocChannel {
 public:
  explicit InprocChannel(std::size_t limit) : queue_(limit, nullptr) {}

  struct Sent {
    bool queued = false;
    bool wake = false;  ///< the receiver does not know yet
  };
  Sent send(OutMessage message);

  struct Taken {
    std::optional<OutMessage> message;  ///< none: the receiver must be woken for the next one
    bool room = false;                  ///< the sender asked for it and has it now
  };
  Taken take();

  /// `room` as in Taken.
  struct Withdrawn {
    bool found = false;
    bool room = false;
  };
  Withdrawn withdraw(MessageType type, std::uint64_t id);

  std::size_t bytes() const;
  void close();  ///< takes nothing more
  void drop();   ///< the same, and drops what waits

 private:
  bool claim_room();

  mutable std::mutex mutex_;
  SendQueue queue_;
  bool receiver_awake_ = false;
  bool room_wanted_ = false;
  bool closed_ = false;
};

}  // namespace weir
