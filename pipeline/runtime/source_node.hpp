// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <oneapi/tbb/flow_graph.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "pipeline/record/frame_store.hpp"
#include "pipeline/runtime/activation.hpp"
#include "pipeline/runtime/ledger.hpp"
#include "pipeline/runtime/node_counters.hpp"
#include "pipeline/runtime/output_port.hpp"

namespace weir {

/// A source stage on a thread of its own: makes the frames of one stream, stamps and paces them, and sends them into
/// the graph (runtime semantics, sections 3 and 6). The graph counts as busy until the end token has left.
class SourceNode final : public TokenReceiver {
 public:
  SourceNode(tbb::flow::graph& graph, RunState& run, std::size_t index, StreamId stream, Ledger& ledger);
  ~SourceNode() override { join(); }

  StageCore& core() { return core_; }
  std::vector<std::unique_ptr<OutputPort>>& outputs() { return outputs_; }
  NodeCounters& counters() { return counters_; }

  Status prepare();  ///< opens the store of recorded frames, where there is one
  void start();
  void join();
  bool ended() const { return ended_.load(); }
  Status close_store();

  void accept(std::size_t, const Token&) noexcept override {}
  void on_room() noexcept override;
  void wake() { on_room(); }

 private:
  void loop();
  bool one_frame(std::uint64_t frame);
  bool wait_for_room();
  Status make_frame();
  Status read_stored();
  bool stamp_and_pace(std::uint64_t frame);
  bool wait_for_due_time(Stamp& stamp);
  void send(std::uint64_t frame);
  void drop_all(Reason reason);
  bool may_go_on(std::uint64_t frame) const;

  tbb::flow::graph& graph_;
  RunState& run_;
  Ledger& ledger_;
  const StreamId stream_;
  StageCore core_;
  const bool held_back_;  ///< waits for room; otherwise a frame that finds none is dropped
  const bool stored_;     ///< its frames cannot be made again: a recording keeps them
  const Reason error_reason_;
  NodeCounters counters_;
  std::vector<std::unique_ptr<OutputPort>> outputs_;
  std::unique_ptr<Activation> call_;
  std::unique_ptr<FrameStore> store_;

  std::optional<TimePoint> first_capture_;
  Duration first_media_{};
  bool has_credits_ = false;
  std::mutex mutex_;
  std::condition_variable room_;
  std::uint64_t room_signals_ = 0;
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

}  // namespace weir
