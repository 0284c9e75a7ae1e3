// SPDX-License-Identifier: Apache-2.0
#include "elastic/half_weights.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cstring>
#include <map>
#include <utility>

namespace weir {
namespace {

constexpr std::int64_t kOnnxFloat = 1;  // TensorProto.DataType
constexpr float kLargestHalf = 65504.F;

OnnxTensor rounded(const OnnxTensor& tensor, const std::string& name) {
  OnnxTensor half{name, DType::f16, tensor.shape, {}};
  const auto values = tensor.as<float>();
  half.data.resize(values.size() * sizeof(std::uint16_t));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Eigen::half value(std::clamp(values[i], -kLargestHalf, kLargestHalf));
    std::memcpy(half.data.data() + i * sizeof(std::uint16_t), &value.x, sizeof(std::uint16_t));
  }
  return half;
}

OnnxTensor widened(const OnnxTensor& tensor, const std::string& name) {
  std::vector<float> values(tensor.shape.elements());
  for (std::size_t i = 0; i < values.size(); ++i) {
    Eigen::half value;
    std::memcpy(&value.x, tensor.data.data() + i * sizeof(std::uint16_t), sizeof(std::uint16_t));
    values[i] = static_cast<float>(value);
  }
  return make_tensor<float>(name, tensor.shape, values);
}

/// A cast that store_half put there, or one that does the same.
bool widens(const OnnxNode& node) {
  if (node.op != "Cast" || node.inputs.size() != 1) return false;
  const auto to = node.attributes.find("to");
  return to != node.attributes.end() && to->second == OnnxAttribute(kOnnxFloat);
}

}  // namespace

void store_half(OnnxModel& model, std::size_t least) {
  std::vector<OnnxNode> casts;
  for (OnnxTensor& tensor : model.initialisers) {
    if (tensor.dtype != DType::f32 || tensor.shape.elements() < least) continue;
    const std::string name = tensor.name + ".f16";
    casts.push_back({tensor.name + ".cast", "Cast", "", {name}, {tensor.name}, {{"to", kOnnxFloat}}});
    tensor = rounded(tensor, name);
  }
  model.nodes.insert(model.nodes.begin(), std::make_move_iterator(casts.begin()), std::make_move_iterator(casts.end()));
}

void widen_half(OnnxModel& model) {
  std::map<std::string, int> readers;
  for (const OnnxNode& node : model.nodes) {
    for (const std::string& name : node.inputs) ++readers[name];
  }
  for (const OnnxValue& output : model.outputs) ++readers[output.name];
  std::erase_if(model.nodes, [&](const OnnxNode& node) {
    if (!widens(node) || readers[node.inputs[0]] != 1) return false;
    const auto half = std::ranges::find(model.initialisers, node.inputs[0], &OnnxTensor::name);
    if (half == model.initialisers.end() || half->dtype != DType::f16) return false;
    *half = widened(*half, node.outputs[0]);
    return true;
  });
}

}  // namespace weir
