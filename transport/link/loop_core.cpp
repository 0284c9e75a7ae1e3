// SPDX-License-Identifier: Apache-2.0
#include "transport/link/loop_core.hpp"

#include <pthread.h>
#include <signal.h>

#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <future>
#include <system_error>

namespace weir {
namespace {

/// For a heap whose front is the earliest.
constexpr auto kLater = [](const auto& a, const auto& b) {
  return a.when != b.when ? a.when > b.when : a.order > b.order;
};

thread_local LoopCore::Turn* turns_of_this_thread = nullptr;

/// A write to a socket whose peer has gone must be an error, not a signal; OpenSSL writes without MSG_NOSIGNAL.
void block_broken_pipe_signal() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

Result<std::shared_ptr<LoopCore>> LoopCore::create() {
  try {
    std::shared_ptr<LoopCore> core(new LoopCore);
    core->thread_ = std::thread([self = core.get()] {
      pthread_setname_np(pthread_self(), "weir-link");
      block_broken_pipe_signal();
      self->io_.run();
    });
    return core;
  } catch (const std::system_error& error) {
    return fail(Code::unavailable, std::string("a loop for links cannot be made: ") + error.what() +
                                       "; the limits of threads and open files may be too low");
  }
}

LoopCore::LoopCore()
    : start_(std::chrono::steady_clock::now()),
      io_(1),
      busy_(io_.get_executor()),
      timer_(io_),
      pool_(BodyPool::create(kPooledBytes)) {}

LoopCore::~LoopCore() { stop(); }

LoopCore::Turn::Turn(LoopCore& core) : core_(core), taken_(true) {
  core_.turn_.lock();
  enter();
}

LoopCore::Turn::Turn(LoopCore& core, std::try_to_lock_t) : core_(core), taken_(core.turn_.try_lock()) {
  if (taken_) enter();
}

void LoopCore::Turn::enter() { outer_ = std::exchange(turns_of_this_thread, this); }

LoopCore::Turn::~Turn() {
  if (!taken_) return;
  turns_of_this_thread = outer_;
  core_.turn_.unlock();
}

bool LoopCore::has_turn() const {
  for (const Turn* turn = turns_of_this_thread; turn != nullptr; turn = turn->outer_) {
    if (&turn->core_ == this) return true;
  }
  return false;
}

TimePoint LoopCore::now() const { return TimePoint(std::chrono::steady_clock::now() - start_); }

bool LoopCore::post(std::function<void()> call) {
  bool wake = false;
  {
    const std::scoped_lock lock(mutex_);
    if (ended_) return false;
    posted_.push_back(std::move(call));
    wake = !std::exchange(wake_pending_, true);
  }
  if (wake) {
    asio::post(io_, [this] {
      const Turn turn(*this);
      run_posted();
    });
  }
  return true;
}

void LoopCore::dispatch(std::function<void()> call) {
  if (!has_turn()) {
    const Turn turn(*this, std::try_to_lock);
    if (turn && !ending_) {
      {
        const std::scoped_lock lock(mutex_);
        posted_.push_back(std::move(call));
      }
      return run_posted();
    }
  }
  post(std::move(call));
}

void LoopCore::run_posted() {
  {
    const std::scoped_lock lock(mutex_);
    running_.swap(posted_);
    wake_pending_ = false;
  }
  for (auto& call : running_) {
    call();
    call = nullptr;
  }
  running_.clear();
}

void LoopCore::call_at(TimePoint when, std::function<void()> call) {
  if (!has_turn()) {
    post([this, when, call = std::move(call)]() mutable { call_at(when, std::move(call)); });
    return;
  }
  timed_.push_back({when, timed_order_++, std::move(call)});
  std::push_heap(timed_.begin(), timed_.end(), kLater);
  if (timed_.front().order == timed_order_ - 1) arm_timer();
}

void LoopCore::arm_timer() {
  if (timed_.empty() || timed_.front().when == kNever) return;
  timer_.expires_at(start_ + timed_.front().when.time_since_epoch());
  timer_.async_wait([this](const std::error_code& error) {
    if (error) return;
    const Turn turn(*this);
    run_due();
  });
}

void LoopCore::run_due() {
  const TimePoint until = now();  // what the calls add is for the next turn, so that other work gets its own
  while (!timed_.empty() && timed_.front().when <= until) {
    std::pop_heap(timed_.begin(), timed_.end(), kLater);
    const std::function<void()> call = std::move(timed_.back().call);
    timed_.pop_back();
    call();
  }
  arm_timer();
}

void LoopCore::run(const std::function<void()>& call) {
  if (has_turn()) return call();
  auto done = std::make_shared<std::promise<void>>();
  std::future<void> ended = done->get_future();
  if (!post([&call, done = std::move(done)] {
        call();
        done->set_value();
      })) {
    return call();
  }
  try {
    ended.get();
  } catch (const std::future_error&) {
    call();  // the loop has ended and dropped it
  }
}

void LoopCore::add(std::shared_ptr<LoopMember> member) {
  LoopMember* const key = member.get();
  members_.emplace(key, std::move(member));
}

void LoopCore::end() {
  ending_ = true;
  // An on_close may open a link again, and that link must hear that the loop ends.
  for (int round = 0; round < 8; ++round) {
    while (!members_.empty()) {
      const std::shared_ptr<LoopMember> member = members_.begin()->second;
      members_.erase(members_.begin());
      member->loop_ends();
    }
    std::vector<std::function<void()>> posted;
    {
      const std::scoped_lock lock(mutex_);
      posted.swap(posted_);
    }
    for (const auto& call : posted) call();
  }
  timed_.clear();
  timer_.cancel();
  busy_.reset();
  io_.stop();
}

void LoopCore::stop() {
  if (!thread_.joinable()) return;
  post([this] { end(); });
  thread_.join();
  std::vector<std::function<void()>> dropped;
  {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
    dropped.swap(posted_);
  }
  io_.restart();
  io_.poll();  // the cancelled operations, which keep their links until then
}

}  // namespace weir
