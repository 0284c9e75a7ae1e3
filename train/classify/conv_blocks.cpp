// SPDX-License-Identifier: Apache-2.0
#include "train/classify/conv_blocks.hpp"

namespace weir::train {

std::string conv_norm(GraphBuilder& graph, const std::string& layer, const std::string& x, int channels,
                      const ConvShape& shape) {
  return graph.batch_norm(layer + ".norm", graph.conv(layer + ".conv", x, channels, shape));
}

std::string conv_norm_relu(GraphBuilder& graph, const std::string& layer, const std::string& x, int channels,
                           const ConvShape& shape) {
  return graph.relu(layer + ".relu", conv_norm(graph, layer, x, channels, shape));
}

std::string inverted_residual(GraphBuilder& graph, const std::string& layer, const std::string& x, int channels,
                              int stride, int expand) {
  const int inside = expand * graph.channels(x);
  std::string y = conv_norm_relu(graph, layer + ".expand", x, inside, {.kernel = 1});
  y = conv_norm_relu(graph, layer + ".depthwise", y, inside, {.stride = stride, .groups = inside});
  y = conv_norm(graph, layer + ".project", y, channels, {.kernel = 1});
  if (stride != 1 || graph.channels(x) != channels) return y;
  return graph.add(layer + ".add", x, y);
}

}  // namespace weir::train
