// SPDX-License-Identifier: Apache-2.0
#include "elastic/half_weights.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cstring>
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

}  // namespace weir
