// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <unordered_map>
#include <vector>

#include "kernels/base/time.hpp"
#include "transport/link/body_pool.hpp"

namespace weir {

/// What lives on a loop until it says that it has ended: a link or a listener.
class LoopMember {
 public:
  virtual ~LoopMember() = default;
  virtual void loop_ends() = 0;  ///< on the loop's thread: end now, all calls included
};

/// The thread of a loop and what its members share. Members keep it alive; once stop() has returned, no call runs any
/// more. Thread-safe, except where it says otherwise.
///
/// Whatever happens on a loop happens in a Turn, of which there is one at a time. The loop's thread takes one for each
/// event; another thread may take one between them (dispatch), which saves the time to wake the loop's: 20 to 100 us.
class LoopCore : public std::enable_shared_from_this<LoopCore> {
 public:
  /// The right to run the loop's calls.
  class Turn {
   public:
    explicit Turn(LoopCore& core);  ///< waits for it
    Turn(LoopCore& core, std::try_to_lock_t);
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    explicit operator bool() const { return taken_; }

   private:
    friend class LoopCore;
    void enter();

    LoopCore& core_;
    bool taken_;
    Turn* outer_ = nullptr;  // of the same thread, on another loop
  };

  static Result<std::shared_ptr<LoopCore>> create();
  ~LoopCore();

  TimePoint now() const;
  /// False when the loop has ended: then the call is dropped.
  bool post(std::function<void()> call);
  /// Runs the call, after those posted before it, on this thread when the loop is between two events; else posts it.
  /// The caller must hold no lock that a posted call may want.
  void dispatch(std::function<void()> call);
  void call_at(TimePoint when, std::function<void()> call);
  /// Runs the call in a turn and waits for its end; at once when this thread has the turn or the loop has ended.
  void run(const std::function<void()>& call);
  /// Ends all members, then the thread. Not on the loop's thread.
  void stop();

  // The rest is for who has the turn.
  asio::io_context& io() { return io_; }
  void add(std::shared_ptr<LoopMember> member);
  void remove(LoopMember* member) { members_.erase(member); }
  bool ending() const { return ending_; }
  const std::shared_ptr<BodyPool>& pool() const { return pool_; }
  /// Where links read what is no body under way, so that an idle link needs no memory for it. Its content lasts as long
  /// as the callback that read it.
  std::span<std::uint8_t> read_ahead() { return read_ahead_; }
  std::span<std::uint8_t> record() { return record_; }  ///< the same for the assembly of one TLS record
  BodyCheck& check() { return check_; }

 private:
  struct Timed {
    TimePoint when;
    std::uint64_t order;  // among equal times: as they came
    std::function<void()> call;
  };

  LoopCore();
  bool has_turn() const;  // this thread
  void run_posted();
  void run_due();
  void arm_timer();
  void end();

  static constexpr std::size_t kReadAhead = 16 << 10;
  static constexpr std::size_t kRecord = 16 << 10;  // the most that TLS puts into one
  static constexpr std::size_t kPooledBytes = 32 << 20;

  const std::chrono::steady_clock::time_point start_;
  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> busy_;
  asio::steady_timer timer_;
  std::vector<Timed> timed_;  // a heap, the earliest in front
  std::uint64_t timed_order_ = 0;
  std::unordered_map<LoopMember*, std::shared_ptr<LoopMember>> members_;
  bool ending_ = false;
  std::shared_ptr<BodyPool> pool_;
  BodyCheck check_;
  std::array<std::uint8_t, kReadAhead> read_ahead_;
  std::array<std::uint8_t, kRecord> record_;

  std::mutex turn_;
  std::mutex mutex_;  // of the next three
  std::vector<std::function<void()>> posted_;
  bool wake_pending_ = false;
  bool ended_ = false;
  std::vector<std::function<void()>> running_;  // posted calls under way; its memory is used again
  std::thread thread_;
};

}  // namespace weir
