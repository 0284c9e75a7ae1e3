// SPDX-License-Identifier: Apache-2.0
#include "train/detector/net.hpp"

#include <vector>

#include "elastic/fuse.hpp"
#include "elastic/graph_builder.hpp"
#include "elastic/half_weights.hpp"

namespace weir::train {
namespace {

constexpr const char* kInput = "image";

std::string norm_conv(GraphBuilder& graph, const std::string& name, const std::string& x, int channels, int kernel,
                      int stride) {
  const std::string y = graph.conv(name + ".conv", x, channels, {.kernel = kernel, .stride = stride});
  return graph.batch_norm(name + ".norm", y);
}

/// A 3x3 and a 1x1 branch, and the value's own norm where shapes allow.
std::string block(GraphBuilder& graph, const std::string& name, const std::string& x, int channels, int stride) {
  std::string y = graph.add(name + ".sum", norm_conv(graph, name + ".3x3", x, channels, 3, stride),
                            norm_conv(graph, name + ".1x1", x, channels, 1, stride));
  if (stride == 1 && graph.channels(x) == channels) {
    y = graph.add(name + ".all", y, graph.batch_norm(name + ".same", x));
  }
  return graph.relu(name, y);
}

std::string lateral(GraphBuilder& graph, const std::string& name, const std::string& x, int channels) {
  return norm_conv(graph, name, x, channels, 1, 1);
}

}  // namespace

DetectorValues detector_values() {
  DetectorValues values;
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string stride = std::to_string(kDetectorStrides[i]);
    values.neck[i] = "neck_" + stride;
    values.scores[i] = "scores_" + stride;
    values.distances[i] = "distances_" + stride;
  }
  return values;
}

OnnxModel build_detector(const DetectorShape& shape, std::uint64_t seed) {
  GraphBuilder graph("weir_nano", seed);
  const DetectorValues values = detector_values();
  std::string x = block(graph, "stem", graph.input(kInput, {-1, 3, -1, -1}), shape.stem, 2);
  std::array<std::string, 3> stage;
  for (std::size_t s = 0; s < 4; ++s) {
    for (int b = 0; b < shape.blocks[s]; ++b) {
      x = block(graph, "stage" + std::to_string(s + 1) + "." + std::to_string(b), x, shape.channels[s], b == 0 ? 2 : 1);
    }
    if (s > 0) stage[s - 1] = x;
  }
  std::array<std::string, 3> neck;
  std::string above;
  for (std::size_t i = 3; i-- > 0;) {
    std::string y = lateral(graph, values.neck[i] + ".lateral", stage[i], shape.neck);
    if (!above.empty()) y = graph.add(values.neck[i] + ".merged", y, graph.upsample(values.neck[i] + ".up", above));
    y = graph.relu(values.neck[i] + ".relu", y);
    above = neck[i] = block(graph, values.neck[i], y, shape.neck, 1);
  }
  std::vector<std::string> outputs(6);
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string name = "head_" + std::to_string(kDetectorStrides[i]);
    const std::string y = block(graph, name, neck[i], shape.neck, 1);
    const std::string scores = graph.conv(name + ".scores", y, shape.classes, {.kernel = 1, .bias = true});
    const std::string distances = graph.conv(name + ".distances", y, 4 * shape.bins, {.kernel = 1, .bias = true});
    graph.fill_bias(scores, -4.6F);  // one cell in a hundred, as Lin et al. start their focal loss (ICCV 2017)
    outputs[i] = graph.rows(values.scores[i], scores);
    outputs[i + 3] = graph.rows(values.distances[i], distances);
  }
  OnnxModel model = graph.finish(outputs);
  model.metadata = {{"weir.decoder", "weir"}, {"weir.classes", "vehicle,pedestrian,cyclist,motorcycle"}};
  return model;
}

// The sigmoid stands between convolution and rows: the same values, computed where they are dense.
OnnxModel with_score_sigmoids(OnnxModel model) {
  for (std::size_t i = 0; i < model.nodes.size(); ++i) {
    OnnxNode& node = model.nodes[i];
    if (node.op != "Conv" || !node.name.ends_with(".scores")) continue;
    const std::string logits = node.outputs[0] + ".logits";
    OnnxNode sigmoid{node.name + ".sigmoid", "Sigmoid", "", {logits}, node.outputs, {}};
    node.outputs = {logits};
    model.nodes.insert(model.nodes.begin() + static_cast<std::ptrdiff_t>(++i), std::move(sigmoid));
  }
  return model;
}

Result<OnnxModel> export_detector(const OnnxModel& trained, bool half) {
  auto fused = fuse_branches(trained);
  if (!fused) return fused;
  auto scaled = scale_input(std::move(*fused), kInput, 1.F / 255.F);
  if (!scaled) return scaled;
  OnnxModel model = with_score_sigmoids(std::move(*scaled));
  if (half) store_half(model);
  return model;
}

}  // namespace weir::train
