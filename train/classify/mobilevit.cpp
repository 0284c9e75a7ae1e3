// SPDX-License-Identifier: Apache-2.0
#include "train/classify/mobilevit.hpp"

#include <array>
#include <string>

#include "train/classify/conv_blocks.hpp"

namespace weir::train {
namespace {

constexpr int kWidening = 2;  // of the layers between attentions

/// One layer of a transformer, with its norms in front.
std::string attention_layer(GraphBuilder& graph, const std::string& layer, const std::string& x, int side) {
  const int width = graph.channels(x);
  const std::string normed = graph.batch_norm(layer + ".norm", x);
  const ConvShape point{.kernel = 1};
  const std::string queries = graph.conv(layer + ".query", normed, width, point),
                    keys = graph.conv(layer + ".key", normed, width, point),
                    values = graph.conv(layer + ".value", normed, width, point);
  const std::string seen = graph.attention(layer + ".attention", queries, keys, values, side, side);
  const std::string y = graph.add(layer + ".seen", x, graph.conv(layer + ".out", seen, width, point));
  const std::string wide = conv_norm_relu(graph, layer + ".widen", y, kWidening * width, point);
  return graph.add(layer + ".add", y, conv_norm(graph, layer + ".narrow", wide, width, point));
}

/// What is near by convolution, what is far by attention, and both together by another convolution.
std::string mobilevit_block(GraphBuilder& graph, const std::string& layer, const std::string& x,
                            const MobileVitShape::Stage& stage, int side) {
  std::string y = conv_norm_relu(graph, layer + ".near", x, graph.channels(x), {});
  y = conv_norm(graph, layer + ".in", y, stage.width, {.kernel = 1});
  for (int i = 0; i < stage.layers; ++i) y = attention_layer(graph, layer + ".far" + std::to_string(i + 1), y, side);
  y = conv_norm_relu(graph, layer + ".out", y, graph.channels(x), {.kernel = 1});
  const std::array both{x, y};
  return conv_norm_relu(graph, layer + ".fuse", graph.concat(layer + ".both", both), graph.channels(x), {});
}

}  // namespace

OnnxModel build_mobilevit(const MobileVitShape& shape, std::uint64_t seed) {
  GraphBuilder graph("weir_mobilevit", seed);
  std::string x =
      conv_norm(graph, "stem", graph.input("image", {-1, 3, shape.side, shape.side}), shape.stem, {.stride = 2});
  x = conv_norm_relu(graph, "dense", x, shape.dense, {.stride = 2});
  int side = shape.side / 4;
  for (std::size_t i = 0; i < shape.stages.size(); ++i) {
    const MobileVitShape::Stage& stage = shape.stages[i];
    const std::string number = std::to_string(i + 1);
    x = inverted_residual(graph, "block" + number, x, stage.channels, stage.stride, shape.expand);
    side /= stage.stride;
    x = mobilevit_block(graph, "attend" + number, x, stage, side);
  }
  x = conv_norm_relu(graph, "features", x, shape.features, {.kernel = 1});
  const std::array outputs{graph.linear("scores", graph.global_average("mean", x), shape.classes)};
  return graph.finish(outputs);
}

}  // namespace weir::train
