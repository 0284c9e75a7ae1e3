// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace weir {

class Activation;

/// The threads of a blocking stage: its calls wait there, and hold up no worker of the graph (runtime semantics,
/// section 7).
class BlockingThreads {
 public:
  /// `execute` is called on these threads, once for each call.
  explicit BlockingThreads(std::function<void(Activation*)> execute) : execute_(std::move(execute)) {}
  ~BlockingThreads() { stop(); }
  BlockingThreads(const BlockingThreads&) = delete;
  BlockingThreads& operator=(const BlockingThreads&) = delete;

  /// `most_calls` can wait without an allocation.
  void start(std::size_t threads, std::size_t most_calls);

  /// Takes a call on, from any thread.
  void run(Activation* call);

  /// Returns when all calls that were taken on have been executed.
  void stop();

 private:
  void loop();

  const std::function<void(Activation*)> execute_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Activation*> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace weir
