// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/engine.hpp"

namespace weir {

/// A network for images of many sizes: one engine of open size and, where that is faster, engines of fixed size for the
/// sizes that come most. Those are compiled one by one on a thread of their own while the open one answers; both give
/// the same values (docs/decisions, "Networks of the image's size"). Thread-safe.
class SizedEngines {
 public:
  /// `most` is how many engines of fixed size are kept at most; they stay for good.
  static Result<std::unique_ptr<SizedEngines>> load(std::string model, EngineOptions options, int most);
  ~SizedEngines();

  Engine& open() const { return *open_; }

  /// Counts a use of this input size, and returns its own engine if it is ready, else null. Never waits for a compiler.
  Engine* find(int width, int height);

  /// Waits until no engine is being compiled; for measurements and tests.
  void settle();

 private:
  struct Sized {
    int width = 0, height = 0, uses = 0;
    bool wanted = false;
    std::unique_ptr<Engine> engine{};  // null: not compiled yet, or it cannot be
  };

  SizedEngines(std::string model, EngineOptions options, int most);
  void compile_wanted();

  const std::string model_;
  const EngineOptions options_;
  const int most_;
  std::unique_ptr<Engine> open_;

  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::deque<Sized> sizes_;  // elements stay where they are
  std::deque<Sized*> queue_;
  int wanted_ = 0;
  bool busy_ = false, stopping_ = false;
  std::thread compiler_;
};

}  // namespace weir
