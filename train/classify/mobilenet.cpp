// SPDX-License-Identifier: Apache-2.0
#include "train/classify/mobilenet.hpp"

#include <array>
#include <string>

#include "elastic/graph_builder.hpp"

namespace weir::train {
namespace {

std::string conv_norm(GraphBuilder& graph, const std::string& layer, const std::string& x, int channels,
                      const ConvShape& shape) {
  return graph.batch_norm(layer + ".norm", graph.conv(layer + ".conv", x, channels, shape));
}

std::string conv_norm_relu(GraphBuilder& graph, const std::string& layer, const std::string& x, int channels,
                           const ConvShape& shape) {
  return graph.relu(layer + ".relu", conv_norm(graph, layer, x, channels, shape));
}

std::string inverted_residual(GraphBuilder& graph, const std::string& layer, const std::string& x,
                              const MobileNetShape::Block& block, int expand) {
  const int inside = expand * graph.channels(x);
  std::string y = conv_norm_relu(graph, layer + ".expand", x, inside, {.kernel = 1});
  y = conv_norm_relu(graph, layer + ".depthwise", y, inside, {.stride = block.stride, .groups = inside});
  y = conv_norm(graph, layer + ".project", y, block.channels, {.kernel = 1});
  if (block.stride != 1 || graph.channels(x) != block.channels) return y;
  return graph.add(layer + ".add", x, y);
}

}  // namespace

OnnxModel build_mobilenet(const MobileNetShape& shape, std::uint64_t seed) {
  GraphBuilder graph("weir_mobilenet", seed);
  std::string x = conv_norm(graph, "stem", graph.input("image", {-1, 3, -1, -1}), shape.stem, {.stride = 2});
  x = conv_norm_relu(graph, "dense", x, shape.dense, {.stride = 2});
  for (std::size_t i = 0; i < shape.blocks.size(); ++i) {
    x = inverted_residual(graph, "block" + std::to_string(i + 1), x, shape.blocks[i], shape.expand);
  }
  x = conv_norm_relu(graph, "features", x, shape.features, {.kernel = 1});
  const std::array outputs{graph.linear("scores", graph.global_average("mean", x), shape.classes)};
  return graph.finish(outputs);
}

}  // namespace weir::train
