// SPDX-License-Identifier: Apache-2.0
#include "pipeline/runtime/blocking_threads.hpp"

namespace weir {

void BlockingThreads::start(std::size_t threads, std::size_t most_calls) {
  queue_.reserve(most_calls);
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { loop(); });
}

void BlockingThreads::run(Activation* call) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(call);
  }
  wake_.notify_one();
}

void BlockingThreads::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void BlockingThreads::loop() {
  for (;;) {
    Activation* call = nullptr;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      call = queue_.front();
      queue_.erase(queue_.begin());
    }
    execute_(call);
  }
}

}  // namespace weir
