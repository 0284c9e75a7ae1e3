// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <oneapi/tbb/flow_graph.h>

#include <memory>
#include <vector>

#include "pipeline/runtime/edge_queue.hpp"
#include "pipeline/runtime/token.hpp"

namespace weir {

/// Takes the tokens of one edge, in order, on the thread that delivers them.
class TokenReceiver {
 public:
  virtual ~TokenReceiver() = default;
  virtual void accept(std::size_t input, const Token& token) noexcept = 0;

  /// Room has come free on an edge this node feeds and had found full.
  virtual void on_room() noexcept = 0;
};

/// One output port as a flow-graph node, and the queues behind it. An edge is a flow-graph edge to a lightweight node
/// that hands the token to the consumer on the spot: a lightweight node runs inline only if its body is noexcept.
class OutputPort {
 public:
  explicit OutputPort(tbb::flow::graph& graph) : graph_(graph), node_(graph) {}

  void connect(TokenReceiver& receiver, std::size_t input) {
    edges_.push_back(
        std::make_unique<Inlet>(graph_, tbb::flow::unlimited, [&receiver, input](const Token& token) noexcept {
          receiver.accept(input, token);
          return tbb::flow::continue_msg{};
        }));
    tbb::flow::make_edge(node_, *edges_.back());
  }

  /// Names a queue that packets of `stream` need a credit of.
  void add_queue(StreamId stream, EdgeQueue& queue) {
    if (stream >= queues_.size()) queues_.resize(stream + 1);
    if (queue.needs_credit()) queues_[stream].push_back(&queue);
  }

  /// Takes a credit on every queue of the stream, or none at all.
  bool reserve(StreamId stream) {
    if (stream >= queues_.size()) return true;
    auto& queues = queues_[stream];
    for (std::size_t i = 0; i < queues.size(); ++i) {
      if (queues[i]->reserve()) continue;
      while (i > 0) queues[--i]->unreserve();
      return false;
    }
    return true;
  }
  void unreserve(StreamId stream) {
    if (stream >= queues_.size()) return;
    for (EdgeQueue* queue : queues_[stream]) queue->unreserve();
  }

  void send(const Token& token) { node_.try_put(token); }

 private:
  using Inlet = tbb::flow::function_node<Token, tbb::flow::continue_msg, tbb::flow::lightweight>;
  tbb::flow::graph& graph_;
  tbb::flow::broadcast_node<Token> node_;
  std::vector<std::unique_ptr<Inlet>> edges_;
  std::vector<std::vector<EdgeQueue*>> queues_;  // by stream
};

/// A credit on every queue behind all of these ports, or none at all.
inline bool reserve_all(std::vector<std::unique_ptr<OutputPort>>& ports, StreamId stream) {
  for (std::size_t i = 0; i < ports.size(); ++i) {
    if (ports[i]->reserve(stream)) continue;
    while (i > 0) ports[--i]->unreserve(stream);
    return false;
  }
  return true;
}

}  // namespace weir
