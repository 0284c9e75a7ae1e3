// SPDX-License-Identifier: Apache-2.0
#include "train/switchable/bottleneck.hpp"

#include <algorithm>
#include <array>

#include "elastic/graph_builder.hpp"
#include "elastic/switchable/setups.hpp"

namespace weir::train {
namespace {

/// The beside-path starts as nothing, so that training starts from the linear map.
void clear(OnnxModel& model, const std::string& layer) {
  const auto weight = std::ranges::find(model.initialisers, layer + ".weight", &OnnxTensor::name);
  std::ranges::fill(weight->data, std::byte{0});
}

/// [N, channels, h, w] between 0 and 2, 1 at the start: how much of each value is worth its bits there. It looks 10
/// values far to each side, so that what lies in the background can become nothing, which a sum of rectified layers
/// cannot do.
std::string build_gate(GraphBuilder& graph, const std::string& features, const BottleneckShape& shape) {
  const int width = shape.encoder;
  std::string x =
      graph.conv("switchable.gate.1", features, width, {.kernel = 5, .groups = width, .bias = true, .dilation = 2});
  x = graph.conv("switchable.gate.2", x, width, {.kernel = 1, .bias = true});
  x = graph.relu("switchable.gate.2.relu", x);
  x = graph.conv("switchable.gate.3", x, width, {.kernel = 5, .groups = width, .bias = true, .dilation = 3});
  x = graph.relu("switchable.gate.3.relu", x);
  x = graph.conv("switchable.gate.4", x, shape.channels, {.kernel = 1, .bias = true});
  x = graph.sigmoid("switchable.gate.4.sigmoid", x);
  return graph.add("switchable.gate", x, x);
}

/// Features of the decoder with more of their surroundings; adds nothing at the start.
std::string build_surroundings(GraphBuilder& graph, const std::string& features, const BottleneckShape& shape) {
  const int width = shape.decoder;
  std::string x =
      graph.conv("switchable.decoder.5", features, width, {.kernel = 5, .groups = width, .bias = true, .dilation = 2});
  x = graph.conv("switchable.decoder.6", x, width, {.kernel = 1, .bias = true});
  x = graph.relu("switchable.decoder.6.relu", x);
  x = graph.conv("switchable.decoder.7", x, width, {.kernel = 1, .bias = true});
  return graph.add("switchable.decoder.sum", features, x);
}

}  // namespace

OnnxModel build_encoder(const OnnxModel& network, const std::string& seam, int seam_channels,
                        const BottleneckShape& shape, std::uint64_t seed) {
  GraphBuilder graph("switchable_encoder", seed);
  graph.input(seam, {-1, seam_channels, -1, -1});
  const std::string linear = graph.conv(kEncoderLinear, seam, shape.channels, {.kernel = 1, .bias = true});
  std::string x = graph.conv("switchable.encoder.1", seam, shape.encoder, {.bias = true});
  x = graph.relu("switchable.encoder.1.relu", x);
  x = graph.conv("switchable.encoder.2", x, shape.encoder, {.groups = shape.encoder, .bias = true});
  x = graph.relu("switchable.encoder.2.relu", x);
  const std::string gate = build_gate(graph, x, shape);
  x = graph.conv("switchable.encoder.3", x, shape.channels, {.kernel = 1, .bias = true});
  const std::string sum = graph.add("switchable.encoder.sum", linear, x);
  const std::array<std::string, 1> outputs{graph.multiply(kBottleneck, sum, gate)};
  OnnxModel model = graph.finish(outputs);
  model.opsets = network.opsets;
  model.outputs[0].shape = {-1, shape.channels, -1, -1};
  clear(model, "switchable.encoder.3");
  clear(model, "switchable.gate.4");
  return model;
}

OnnxModel build_decoder(const OnnxModel& network, const std::string& seam, int seam_channels,
                        const BottleneckShape& shape, std::uint64_t seed) {
  GraphBuilder graph("switchable_decoder", seed);
  const std::string received = graph.input(kBottleneck, {-1, shape.channels, -1, -1});
  graph.input(kSetupScale, {-1, shape.decoder, 1, 1});
  graph.input(kSetupBias, {-1, shape.decoder, 1, 1});
  const std::string linear = graph.conv(kDecoderLinear, received, seam_channels, {.kernel = 1, .bias = true});
  std::string x = graph.conv("switchable.decoder.1", received, shape.decoder, {});
  x = graph.multiply("switchable.decoder.1.scale", x, kSetupScale);
  x = graph.add("switchable.decoder.1.bias", x, kSetupBias);
  x = graph.relu("switchable.decoder.1.relu", x);
  x = graph.conv("switchable.decoder.2", x, shape.decoder, {.kernel = 5, .groups = shape.decoder, .bias = true});
  x = graph.conv("switchable.decoder.3", x, shape.decoder, {.kernel = 1, .bias = true});
  x = graph.relu("switchable.decoder.3.relu", x);
  x = build_surroundings(graph, x, shape);
  x = graph.conv("switchable.decoder.4", x, seam_channels, {.bias = true});
  const std::array<std::string, 1> outputs{graph.add(seam, linear, x)};
  OnnxModel model = graph.finish(outputs);
  model.opsets = network.opsets;
  clear(model, "switchable.decoder.4");
  clear(model, "switchable.decoder.7");
  return model;
}

}  // namespace weir::train
