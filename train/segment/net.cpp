// SPDX-License-Identifier: Apache-2.0
#include "train/segment/net.hpp"

#include <string>
#include <vector>

#include "elastic/graph_builder.hpp"

namespace weir::train {
namespace {

std::string conv_norm(GraphBuilder& graph, const std::string& layer, const std::string& x, int channels,
                      int stride = 1) {
  const std::string y = graph.conv(layer + ".conv", x, channels, {.kernel = 3, .stride = stride});
  return graph.batch_norm(layer + ".norm", y);
}

std::string conv_norm_relu(GraphBuilder& graph, const std::string& layer, const std::string& x, int channels,
                           int stride = 1) {
  return graph.relu(layer + ".relu", conv_norm(graph, layer, x, channels, stride));
}

std::string residual(GraphBuilder& graph, const std::string& block, const std::string& x) {
  const int channels = graph.channels(x);
  const std::string first = conv_norm_relu(graph, block + ".a", x, channels);
  const std::string second = conv_norm(graph, block + ".b", first, channels);
  return graph.relu(block + ".relu", graph.add(block + ".add", x, second));
}

}  // namespace

OnnxModel build_segmenter(const SegmenterShape& shape, std::uint64_t seed) {
  GraphBuilder graph("weir_segmenter", seed);
  std::string x = conv_norm_relu(graph, "stem", graph.input("image", {-1, 3, -1, -1}), shape.stem, 2);
  std::vector<std::string> skips{x};
  for (std::size_t i = 0; i < shape.channels.size(); ++i) {
    const std::string stage = "down" + std::to_string(i + 1);
    x = conv_norm_relu(graph, stage, x, shape.channels[i], 2);
    for (int b = 1; b <= shape.blocks[i]; ++b) x = residual(graph, stage + ".block" + std::to_string(b), x);
    skips.push_back(x);
  }
  skips.pop_back();  // the deepest is what the way up starts from
  for (std::size_t i = 0; i < shape.up.size(); ++i) {
    const std::string stage = "up" + std::to_string(i + 1);
    const std::array parts{graph.upsample(stage + ".twice", x), skips.back()};
    skips.pop_back();
    x = conv_norm_relu(graph, stage, graph.concat(stage + ".both", parts), shape.up[i]);
  }
  const std::string scores = graph.conv("scores", x, shape.classes, {.kernel = 1, .bias = true});
  return graph.finish(std::array{scores});
}

}  // namespace weir::train
