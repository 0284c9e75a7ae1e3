// SPDX-License-Identifier: Apache-2.0
#include "train/classify/net.hpp"

#include <string>

#include "elastic/graph_builder.hpp"

namespace weir::train {
namespace {

std::string conv_norm(GraphBuilder& graph, const std::string& layer, const std::string& x, int channels) {
  return graph.batch_norm(layer + ".norm", graph.conv(layer + ".conv", x, channels));
}

std::string conv_norm_relu(GraphBuilder& graph, const std::string& layer, const std::string& x, int channels) {
  return graph.relu(layer + ".relu", conv_norm(graph, layer, x, channels));
}

std::string residual(GraphBuilder& graph, const std::string& block, const std::string& x) {
  const int channels = graph.channels(x);
  const std::string first = conv_norm_relu(graph, block + ".a", x, channels);
  const std::string second = conv_norm(graph, block + ".b", first, channels);
  return graph.relu(block + ".relu", graph.add(block + ".add", x, second));
}

}  // namespace

OnnxModel build_classifier(const ClassifierShape& shape, std::uint64_t seed) {
  GraphBuilder graph("weir_classifier", seed);
  std::string x = conv_norm_relu(graph, "stem", graph.input("image", {-1, 3, -1, -1}), shape.stem);
  for (std::size_t i = 0; i < shape.channels.size(); ++i) {
    const std::string stage = "stage" + std::to_string(i + 1);
    x = conv_norm_relu(graph, stage + ".down", x, shape.channels[i]);
    x = graph.max_pool(stage + ".pool", x, 2, 2);
    x = residual(graph, stage + ".block", x);
  }
  const std::string scores = graph.linear("scores", graph.global_average("mean", x), shape.classes);
  return graph.finish(std::array{scores});
}

}  // namespace weir::train
