// SPDX-License-Identifier: Apache-2.0
#include "elastic/model_report.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <unordered_map>

#include "elastic/layer_cost.hpp"
#include "elastic/shape_inference.hpp"
#include "engine/engine.hpp"

namespace weir {
namespace {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// All times of one engine layer, in microseconds.
struct Samples {
  std::vector<double> times;
  std::string kernel;
};

using Layers = std::map<std::string, Samples>;  // by the engine's name

struct Measured {
  Layers layers;
  std::vector<double> totals;  // per run
};

// Engines name a layer after its node or its output; OpenVINO marks a convolution whose bias it had taken apart.
Layers::const_iterator find_layer(const Layers& layers, const OnnxNode& node) {
  for (const std::string& name : {node.name, node.outputs.empty() ? node.name : node.outputs[0]}) {
    for (const char* ending : {"", "/WithoutBiases"}) {
      const auto found = layers.find(name + ending);
      if (found != layers.end()) return found;
    }
  }
  return layers.end();
}

Result<Measured> measure(Engine& engine, int runs) {
  auto session = engine.make_session();
  if (!session) return fail(session.error());
  std::vector<Tensor> tensors;
  std::vector<TensorView> views;
  for (const TensorInfo& input : engine.inputs()) {
    Tensor& tensor = tensors.emplace_back(input.dtype, input.shape);
    std::memset(tensor.data(), 0, tensor.bytes());
  }
  for (const Tensor& tensor : tensors) views.push_back(tensor.view());
  Measured measured;
  constexpr int kWarmUp = 3;
  for (int run = -kWarmUp; run < runs; ++run) {
    if (auto out = (*session)->infer(views); !out) return fail(out.error());
    if (run < 0) continue;
    double total = 0;
    for (const LayerTime& layer : (*session)->layer_times()) {
      Samples& samples = measured.layers[layer.layer];
      const auto time = static_cast<double>(layer.time.count());
      samples.times.push_back(time);
      samples.kernel = layer.kernel;
      total += layer.kernel.empty() ? 0 : time;
    }
    measured.totals.push_back(total);
  }
  return measured;
}

}  // namespace

Result<ModelReport> inspect_model(const OnnxModel& model, const std::vector<Shape>& input_shapes) {
  const auto types = infer_shapes(model, input_shapes);
  if (!types) return fail(types.error());
  ModelReport report;
  const auto sized = [&](OnnxValue value) {
    value.shape = types->at(value.name).shape;
    return value;
  };
  for (const OnnxValue& input : model.inputs) report.inputs.push_back(sized(input));
  for (const OnnxValue& output : model.outputs) {
    if (types->contains(output.name)) report.outputs.push_back(sized(output));
  }
  const std::vector<LayerCost> costs = layer_costs(model, *types);
  for (std::size_t i = 0; i < model.nodes.size(); ++i) {
    const OnnxNode& node = model.nodes[i];
    LayerReport layer{.name = node.label(), .op = node.op};
    const auto type = node.outputs.empty() ? types->end() : types->find(node.outputs[0]);
    if (type != types->end()) {
      layer.output = type->second.shape;
      layer.dtype = type->second.dtype;
    }
    layer.parameters = costs[i].parameters;
    layer.macs = costs[i].macs;
    layer.live_bytes = costs[i].live_bytes;
    report.parameters += layer.parameters;
    report.macs += layer.macs;
    if (layer.live_bytes > report.peak_bytes) {
      report.peak_bytes = layer.live_bytes;
      report.peak_layer = layer.name;
    }
    report.layers.push_back(std::move(layer));
  }
  return report;
}

Status add_layer_times(const OnnxModel& model, std::string_view name, int runs, ModelReport& report) {
  EngineOptions options;
  options.layer_times = true;
  for (const OnnxValue& input : report.inputs) options.input_shapes.push_back(input.shape);
  auto engine = load_engine(encode_onnx(model), name, options);
  if (!engine) return engine.error();
  auto measured = measure(**engine, runs);
  if (!measured) return measured.error();
  if (measured->layers.empty()) return {};
  report.engine = (*engine)->fingerprint();
  report.time_us = median(measured->totals);
  for (std::size_t i = 0; i < report.layers.size(); ++i) {
    const OnnxNode& node = model.nodes[i];
    const auto found = find_layer(measured->layers, node);
    if (found == measured->layers.end()) continue;
    report.layers[i].time_us = median(found->second.times);
    report.layers[i].kernel = found->second.kernel;
  }
  return {};
}

}  // namespace weir
