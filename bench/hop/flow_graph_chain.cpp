// SPDX-License-Identifier: Apache-2.0
#include "bench/hop/flow_graph_chain.hpp"

#include <oneapi/tbb/flow_graph.h>

#include <memory>
#include <thread>
#include <vector>

namespace weir::bench {

void run_flow_graph_chain(HopProbe& probe) {
  using Node = tbb::flow::function_node<std::uint64_t, std::uint64_t>;
  tbb::flow::graph graph;
  std::vector<std::unique_ptr<Node>> nodes;
  for (std::size_t i = 0; i < kHops; ++i) {
    nodes.push_back(std::make_unique<Node>(graph, tbb::flow::serial, [&probe, i](std::uint64_t frame) {
      probe.arrived(i, frame);
      return frame;
    }));
    if (i > 0) tbb::flow::make_edge(*nodes[i - 1], *nodes[i]);
  }
  graph.reserve_wait();
  std::thread source([&] {
    for (std::uint64_t frame = 0; frame < probe.frames(); ++frame) {
      probe.await_turn(frame);
      nodes.front()->try_put(frame);
    }
    graph.release_wait();
  });
  graph.wait_for_all();
  source.join();
}

}  // namespace weir::bench
