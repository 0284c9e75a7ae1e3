// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "pipeline/channel/device_graph.hpp"
#include "pipeline/stage.hpp"

namespace weir {

/// The stage that answers for a cloud part when no worker does. It sees the part's inputs as its own. One call at a
/// time; thread-safe.
class Standby {
 public:
  /// Makes and opens the part's fallback stage; `cx` is the part's own. `part` must outlive it.
  static Result<std::unique_ptr<Standby>> open(const RemotePart& part, OpenContext& cx);

  /// How long an answer takes, learned from those before; a guess until the first.
  Duration expected() const;

  /// Answers in the part's place; false when there is no time left, or the stage failed or had nothing to say.
  bool answer(Context& cx);

  Status close();

 private:
  Standby(const RemotePart& part, std::unique_ptr<Stage> stage) : part_(part), stage_(std::move(stage)) {}

  const RemotePart& part_;
  std::mutex mutex_;  // guards the stage
  std::unique_ptr<Stage> stage_;
  std::atomic<std::int64_t> expected_ns_{0};
};

}  // namespace weir
