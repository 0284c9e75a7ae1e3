// SPDX-License-Identifier: Apache-2.0
#include "train/classify/mobilenet.hpp"

#include <array>
#include <string>

#include "train/classify/conv_blocks.hpp"

namespace weir::train {
OnnxModel build_mobilenet(const MobileNetShape& shape, std::uint64_t seed) {
  GraphBuilder graph("weir_mobilenet", seed);
  std::string x = conv_norm(graph, "stem", graph.input("image", {-1, 3, -1, -1}), shape.stem, {.stride = 2});
  x = conv_norm_relu(graph, "dense", x, shape.dense, {.stride = 2});
  for (std::size_t i = 0; i < shape.blocks.size(); ++i) {
    const auto [channels, stride] = shape.blocks[i];
    x = inverted_residual(graph, "block" + std::to_string(i + 1), x, channels, stride, shape.expand);
  }
  x = conv_norm_relu(graph, "features", x, shape.features, {.kernel = 1});
  const std::array outputs{graph.linear("scores", graph.global_average("mean", x), shape.classes)};
  return graph.finish(outputs);
}

}  // namespace weir::train
