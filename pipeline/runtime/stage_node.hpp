// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <oneapi/tbb/flow_graph.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "pipeline/runtime/activation.hpp"
#include "pipeline/runtime/blocking_threads.hpp"
#include "pipeline/runtime/input_port.hpp"
#include "pipeline/runtime/node_counters.hpp"
#include "pipeline/runtime/output_port.hpp"
#include "pipeline/runtime/send_order.hpp"

namespace weir {

/// Wakes a node at a time of the run's clock.
class Alarm {
 public:
  virtual ~Alarm() = default;
  virtual void wake_at(TimePoint when, TokenReceiver& node) = 0;
};

/// A stage in the graph: joins its inputs frame by frame, calls the stage as its concurrency allows, and sends one
/// token per frame and output in frame order (runtime semantics, sections 1, 2, 7).
///
/// All decisions are made in pump(), which runs on one thread at a time: whoever finds it running leaves a mark and
/// goes. So no lock is held while tokens are delivered, and a node is at most once on any stack.
class StageNode final : public TokenReceiver {
 public:
  StageNode(tbb::flow::graph& graph, RunState& run, std::size_t index, Alarm& alarm);
  ~StageNode() override;

  StageCore& core() { return core_; }
  std::vector<std::unique_ptr<OutputPort>>& outputs() { return outputs_; }
  NodeCounters& counters() { return counters_; }
  std::size_t input_count() const { return core_.spec->info->inputs.size(); }

  /// Adds the tokens of one stream of one edge to an input; returns the number accept() is called with.
  void add_input(std::size_t port, StreamId stream, std::unique_ptr<StreamInput> input);
  const std::vector<StreamInput*>& inputs() const { return all_inputs_; }

  void start();  ///< after wiring: threads of a blocking stage
  void stop();   ///< after the graph has drained
  bool ended() const;

  void accept(std::size_t port, const Token& token) noexcept override;
  void on_room() noexcept override { pump(); }

 private:
  struct Stream {
    StreamId id = 0;
    std::vector<std::unique_ptr<StreamInput>> inputs;  // by port; null where nothing is connected
    std::uint64_t next = 0;                            // frame to take next; pump only
    bool ended = false;                                // pump only
    std::atomic<int> running{0};
    SendOrder done;
  };

  void pump() noexcept;
  void pump_once();
  bool advance(Stream& stream);
  bool may_start(const Stream& stream) const;
  bool feedback_is_there(Stream& stream);
  bool must_stop(const Stream& stream);
  void skip_frame(Stream& stream);
  bool start_call(Stream& stream);
  void launch_batch();
  void launch(Activation* call);
  bool batch_is_due();
  Reason take_inputs(Stream& stream, Activation& call);
  void abandon_call(Stream& stream, Activation* call, Reason reason);
  void note_freed(StreamInput& input);
  void notify_producers();

  void execute(Activation* call) noexcept;
  void complete(Activation* call, const Status& status);
  void send_in_order(Stream& stream);
  void send(Stream& stream, const SendOrder::Done& done);
  void send_call(Stream& stream, Activation& call);

  Activation* take_idle();
  void give_idle(Activation* call);
  Stream& stream_of(const Activation& call) { return *streams_by_id_[call.stamp().stream]; }

  tbb::flow::graph& graph_;
  RunState& run_;
  const std::size_t index_;
  Alarm& alarm_;
  StageCore core_;
  const int limit_;  // calls at once
  const Reason error_reason_;
  NodeCounters counters_;
  std::vector<std::unique_ptr<OutputPort>> outputs_;
  std::unique_ptr<tbb::flow::function_node<Activation*>> body_;

  std::vector<std::unique_ptr<Stream>> streams_;
  std::vector<Stream*> streams_by_id_;
  std::vector<StreamInput*> all_inputs_;
  std::size_t first_stream_ = 0;  // round robin; pump only

  std::atomic<int> pump_requests_{0};
  std::atomic<int> running_{0};
  std::atomic<bool> idle_wanted_{false};  // a frame waits for a call object
  std::vector<TokenReceiver*> freed_;     // producers to tell; pump only
  std::vector<Activation*> batch_;        // frames collected for the next call; pump only
  TimePoint batch_due_{};

  std::mutex idle_mutex_;
  std::vector<std::unique_ptr<Activation>> calls_;
  std::vector<Activation*> idle_;

  BlockingThreads threads_;  // none unless the stage is blocking
};

}  // namespace weir
