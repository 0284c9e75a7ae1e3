// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "pipeline/reason.hpp"

namespace weir {

class Activation;

/// What a stage has done for one stream and waits to be sent in frame order (runtime semantics, section 2).
/// From any thread.
class SendOrder {
 public:
  /// A call, a gap of frames `first` to `last`, or the end.
  struct Done {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    Activation* call = nullptr;
    Reason reason;
    bool end = false;
  };

  /// So many can wait without an allocation.
  void reserve(std::size_t count) { done_.reserve(count); }

  /// A gap that follows the one before it for the same reason joins it.
  void add(const Done& done);

  /// Calls `send(const Done&)` for all whose turn it is, one after the other and without a lock; does nothing while
  /// another thread is at it, which then sends these as well.
  template <typename Send>
  void send_ready(Send&& send) {
    std::unique_lock lock(mutex_);
    if (sending_) return;
    sending_ = true;
    Done done;
    while (take_next(done)) {
      lock.unlock();
      send(done);
      lock.lock();
      next_ = done.last + 1;
      ended_ = done.end;
    }
    sending_ = false;
  }

  /// True once the end was sent.
  bool ended() const;

 private:
  bool take_next(Done& done);

  mutable std::mutex mutex_;
  std::vector<Done> done_;
  std::uint64_t next_ = 0;
  bool sending_ = false;
  bool ended_ = false;
};

}  // namespace weir
