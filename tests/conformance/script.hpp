// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "pipeline/registry.hpp"

namespace weir::test {

/// A payload that says which frame made it.
struct Number {
  std::int64_t value = 0;
};

/// What the stages of one test do and what they saw: the test lets frames pass one by one and waits for events, so that
/// nothing depends on timing. Thread-safe.
class Script {
 public:
  Script();
  ~Script();
  static Script& current();

  /// Stages named here wait before each frame until the test lets it pass; the others never wait.
  void hold(const std::string& stage);
  void pass(const std::string& stage, int frames = 1);
  void release(const std::string& stage);  ///< from now on it never waits

  /// Blocks until `stage` has begun, or finished, so many calls; fails the test after a generous bound.
  void await_begun(const std::string& stage, int calls);
  void await_done(const std::string& stage, int calls);
  void await(const std::function<bool()>& condition);
  void poke();  ///< something an await may look at has changed

  std::vector<std::int64_t> seen(
      const std::string& stage) const;  ///< values in call order; -1 = an empty optional input
  int begun(const std::string& stage) const;
  int most_at_once(const std::string& stage) const;

  // Called by the stages.
  bool enter(const std::string& stage, const std::function<bool()>& give_up);
  void leave(const std::string& stage);
  void note(const std::string& stage, std::int64_t value);

 private:
  struct State {
    bool held = false;
    int tickets = 0;
    int begun = 0;
    int done = 0;
    int running = 0;
    int most = 0;
    std::vector<std::int64_t> seen;
  };
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, State> states_;
};

/// Stages for the tests: test.source, test.live, test.worker, test.parallel, test.per_stream, test.join, test.loop,
/// test.batch, test.sink.
Registry test_registry();

}  // namespace weir::test

template <>
struct weir::PayloadTraits<weir::test::Number> {
  static constexpr std::string_view name = "test.Number";
};
