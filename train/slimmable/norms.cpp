// SPDX-License-Identifier: Apache-2.0
#include "train/slimmable/norms.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "elastic/switchable/setups.hpp"
#include "kernels/base/random.hpp"

namespace weir::train {
namespace {

using Integers = std::vector<std::int64_t>;

constexpr const char* kNorm = "BatchNormalization";
constexpr const char* kParts = "switchable.split";
constexpr std::int64_t kSplitTakesSizes = 13;  // operator set from which on Split has its sizes as an input

/// A node that cuts `from` into one part for each norm.
OnnxNode make_split(OnnxModel& model, const std::string& from, const Integers& sizes) {
  OnnxNode node{from + ".split", "Split", "", {from}, {}, {{"axis", std::int64_t{0}}}};
  if (model.opsets[""] < kSplitTakesSizes) {
    node.attributes["split"] = sizes;
    return node;
  }
  node.inputs.emplace_back(kParts);
  if (model.find_initialiser(kParts) == nullptr) {
    model.initialisers.push_back(
        make_tensor<std::int64_t>(kParts, Shape{static_cast<std::int64_t>(sizes.size())}, sizes));
  }
  return node;
}

void drop(OnnxModel& model, const std::set<std::string>& names) {
  std::erase_if(model.initialisers, [&](const OnnxTensor& tensor) { return names.contains(tensor.name); });
}

bool is_setup_input(const std::string& name) { return name == kSetupScale || name == kSetupBias; }

void fill(OnnxTensor& tensor, float value) {
  const std::vector<float> values(tensor.shape.elements(), value);
  tensor = make_tensor<float>(tensor.name, tensor.shape, values);
}

}  // namespace

Result<OpenNorms> open_norms(OnnxModel model) {
  OpenNorms opened;
  Integers sizes;
  std::set<std::string> gone;
  std::vector<std::string> scales, biases;
  for (OnnxNode& node : model.nodes) {
    if (node.op != kNorm) continue;
    const OnnxTensor* scale = model.find_initialiser(node.inputs[1]);
    const OnnxTensor* bias = model.find_initialiser(node.inputs[2]);
    if (scale == nullptr || bias == nullptr || scale->as<float>().empty() || bias->as<float>().empty()) {
      return fail(Code::invalid, "norm \"" + node.label() + "\" has a scale or bias that is no f32 constant");
    }
    opened.scale.insert(opened.scale.end(), scale->as<float>().begin(), scale->as<float>().end());
    opened.bias.insert(opened.bias.end(), bias->as<float>().begin(), bias->as<float>().end());
    opened.mean.push_back(node.inputs[3]);
    opened.var.push_back(node.inputs[4]);
    sizes.push_back(static_cast<std::int64_t>(scale->as<float>().size()));
    gone.insert({node.inputs[1], node.inputs[2]});
    node.inputs[1] = scales.emplace_back(node.outputs[0] + ".setup_scale");
    node.inputs[2] = biases.emplace_back(node.outputs[0] + ".setup_bias");
    node.attributes["momentum"] = 0.0F;
  }
  if (sizes.empty()) return fail(Code::invalid, "network \"" + model.name + "\" has no batch norm behind its seam");
  drop(model, gone);
  const Shape all{static_cast<std::int64_t>(opened.scale.size())};
  OnnxNode split_scale = make_split(model, kSetupScale, sizes), split_bias = make_split(model, kSetupBias, sizes);
  split_scale.outputs = scales;
  split_bias.outputs = biases;
  model.nodes.insert(model.nodes.begin(), {split_scale, split_bias});
  model.inputs.push_back({kSetupScale, DType::f32, all});
  model.inputs.push_back({kSetupBias, DType::f32, all});
  opened.model = std::move(model);
  return opened;
}

OnnxModel fold_norms(OnnxModel opened) {
  std::vector<OnnxNode> nodes;
  std::set<std::string> gone;
  for (OnnxNode& node : opened.nodes) {
    if (node.op == "Split" && is_setup_input(node.inputs[0])) node.attributes["axis"] = std::int64_t{1};
    if (node.op != kNorm) {
      nodes.push_back(std::move(node));
      continue;
    }
    const std::string scaled = node.outputs[0] + ".scaled";
    gone.insert({node.inputs[3], node.inputs[4]});
    nodes.push_back({scaled, "Mul", "", {node.inputs[0], node.inputs[1]}, {scaled}, {}});
    nodes.push_back({node.outputs[0], "Add", "", {scaled, node.inputs[2]}, {node.outputs[0]}, {}});
  }
  opened.nodes = std::move(nodes);
  drop(opened, gone);
  for (OnnxValue& input : opened.inputs) {
    if (is_setup_input(input.name)) input.shape = Shape{1, input.shape[0], 1, 1};
  }
  return opened;
}

void reset_weights(OnnxModel& model, std::uint64_t seed) {
  for (const OnnxNode& node : model.nodes) {
    if (node.op != "Conv" && node.op != "Gemm" && node.op != kNorm) continue;
    for (std::size_t i = 1; i < std::min<std::size_t>(node.inputs.size(), 3); ++i) {
      const auto tensor = std::ranges::find(model.initialisers, node.inputs[i], &OnnxTensor::name);
      if (tensor == model.initialisers.end()) continue;
      if (i == 2 || node.op == kNorm) {
        fill(*tensor, i == 1 ? 1.0F : 0.0F);
        continue;
      }
      const double fan_in = static_cast<double>(tensor->shape.elements()) / static_cast<double>(tensor->shape[0]);
      const double deviation = std::sqrt((node.op == "Conv" ? 2 : 1) / fan_in);
      Random random(derive_seed(seed, tensor->name));
      std::vector<float> values(tensor->shape.elements());
      std::ranges::generate(values, [&] { return static_cast<float>(deviation * random.normal()); });
      *tensor = make_tensor<float>(tensor->name, tensor->shape, values);
    }
  }
}

}  // namespace weir::train
