// SPDX-License-Identifier: Apache-2.0
#include "elastic/graph_builder.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace weir {
namespace {

using Integers = std::vector<std::int64_t>;

}  // namespace

GraphBuilder::GraphBuilder(std::string name, std::uint64_t seed) : seed_(seed) { model_.name = std::move(name); }

std::string GraphBuilder::input(const std::string& name, const Shape& shape) {
  model_.inputs.push_back({name, DType::f32, shape});
  channels_[name] = shape.rank() > 1 ? static_cast<int>(shape[1]) : 0;
  return name;
}

int GraphBuilder::channels(const std::string& value) const {
  const auto found = channels_.find(value);
  if (found == channels_.end()) throw std::logic_error("graph has no value \"" + value + "\"");
  return found->second;
}

std::string GraphBuilder::node(const std::string& layer, const char* op, std::vector<std::string> inputs, int channels,
                               std::map<std::string, OnnxAttribute> attributes) {
  if (!channels_.emplace(layer, channels).second) throw std::logic_error("graph has two layers \"" + layer + "\"");
  model_.nodes.push_back({layer, op, "", std::move(inputs), {layer}, std::move(attributes)});
  return layer;
}

std::string GraphBuilder::weight(const std::string& name, const Shape& shape, double deviation) {
  Random random(derive_seed(seed_, name));
  std::vector<float> values(shape.elements());
  std::ranges::generate(values, [&] { return static_cast<float>(deviation * random.normal()); });
  model_.initialisers.push_back(make_tensor<float>(name, shape, values));
  return name;
}

std::string GraphBuilder::filled(const std::string& name, const Shape& shape, float value) {
  model_.initialisers.push_back(make_tensor<float>(name, shape, std::vector<float>(shape.elements(), value)));
  return name;
}

std::string GraphBuilder::conv(const std::string& layer, const std::string& x, int out, const ConvShape& shape) {
  const int in = channels(x);
  if (shape.groups < 1 || in % shape.groups != 0 || out % shape.groups != 0) {
    throw std::logic_error("layer \"" + layer + "\": groups must divide both channel counts");
  }
  const int fan_in = in / shape.groups * shape.kernel * shape.kernel;
  std::vector<std::string> inputs{
      x, weight(layer + ".weight", {out, in / shape.groups, shape.kernel, shape.kernel}, std::sqrt(2.0 / fan_in))};
  if (shape.bias) inputs.push_back(filled(layer + ".bias", {out}, 0));
  const std::int64_t pad = shape.dilation * (shape.kernel / 2);
  return node(layer, "Conv", std::move(inputs), out,
              {{"kernel_shape", Integers{shape.kernel, shape.kernel}},
               {"strides", Integers{shape.stride, shape.stride}},
               {"pads", Integers{pad, pad, pad, pad}},
               {"dilations", Integers{shape.dilation, shape.dilation}},
               {"group", std::int64_t{shape.groups}}});
}

std::string GraphBuilder::batch_norm(const std::string& layer, const std::string& x) {
  const int n = channels(x);
  return node(layer, "BatchNormalization",
              {x, filled(layer + ".scale", {n}, 1), filled(layer + ".bias", {n}, 0), filled(layer + ".mean", {n}, 0),
               filled(layer + ".var", {n}, 1)},
              n, {{"epsilon", 1e-3F}, {"momentum", 0.97F}});
}

std::string GraphBuilder::relu(const std::string& layer, const std::string& x) {
  return node(layer, "Relu", {x}, channels(x));
}

std::string GraphBuilder::sigmoid(const std::string& layer, const std::string& x) {
  return node(layer, "Sigmoid", {x}, channels(x));
}

std::string GraphBuilder::add(const std::string& layer, const std::string& a, const std::string& b) {
  if (channels(a) != channels(b)) throw std::logic_error("layer \"" + layer + "\" adds unequal channel counts");
  return node(layer, "Add", {a, b}, channels(a));
}

std::string GraphBuilder::multiply(const std::string& layer, const std::string& a, const std::string& b) {
  if (channels(a) != channels(b)) throw std::logic_error("layer \"" + layer + "\" multiplies unequal channel counts");
  return node(layer, "Mul", {a, b}, channels(a));
}

std::string GraphBuilder::concat(const std::string& layer, std::span<const std::string> parts) {
  int sum = 0;
  for (const std::string& part : parts) sum += channels(part);
  return node(layer, "Concat", {parts.begin(), parts.end()}, sum, {{"axis", std::int64_t{1}}});
}

std::string GraphBuilder::upsample(const std::string& layer, const std::string& x) {
  // Operator set 11 wants a region even where it is not used; later ones let it be left out.
  model_.initialisers.push_back(make_tensor<float>(layer + ".roi", {0}, std::vector<float>{}));
  model_.initialisers.push_back(make_tensor<float>(layer + ".scales", {4}, std::vector<float>{1, 1, 2, 2}));
  return node(layer, "Resize", {x, layer + ".roi", layer + ".scales"}, channels(x),
              {{"mode", std::string("nearest")},
               {"coordinate_transformation_mode", std::string("asymmetric")},
               {"nearest_mode", std::string("floor")}});
}

std::string GraphBuilder::max_pool(const std::string& layer, const std::string& x, int kernel, int stride) {
  const std::int64_t pad = (kernel - 1) / 2;
  return node(layer, "MaxPool", {x}, channels(x),
              {{"kernel_shape", Integers{kernel, kernel}},
               {"strides", Integers{stride, stride}},
               {"pads", Integers{pad, pad, pad, pad}}});
}

std::string GraphBuilder::global_average(const std::string& layer, const std::string& x) {
  return node(layer, "GlobalAveragePool", {x}, channels(x));
}

std::string GraphBuilder::linear(const std::string& layer, const std::string& x, int outputs) {
  const int in = channels(x);
  const std::string flat = node(layer + ".flat", "Flatten", {x}, in, {{"axis", std::int64_t{1}}});
  const std::string weights = weight(layer + ".weight", {outputs, in}, std::sqrt(1.0 / in));
  return node(layer, "Gemm", {flat, weights, filled(layer + ".bias", {outputs}, 0)}, outputs,
              {{"transB", std::int64_t{1}}});
}

std::string GraphBuilder::rows(const std::string& layer, const std::string& x) {
  const int n = channels(x);
  model_.initialisers.push_back(make_tensor<std::int64_t>(layer + ".shape", {3}, Integers{0, n, -1}));
  const std::string flat = node(layer + ".flat", "Reshape", {x, layer + ".shape"}, n);
  return node(layer, "Transpose", {flat}, n, {{"perm", Integers{0, 2, 1}}});
}

std::string GraphBuilder::attention(const std::string& layer, const std::string& queries, const std::string& keys,
                                    const std::string& values, int height, int width) {
  const int n = channels(queries);
  if (channels(keys) != n) throw std::logic_error("layer \"" + layer + "\" has unequal queries and keys");
  const std::string v = rows(layer + ".values", values);
  model_.initialisers.push_back(make_tensor<std::int64_t>(layer + ".flat", {3}, Integers{0, n, -1}));
  const std::string k = node(layer + ".keys", "Reshape", {keys, layer + ".flat"}, n);
  // Before the product: behind it, OpenCV 4.6 merges the factor into it wrongly.
  const auto factor = static_cast<float>(1 / std::sqrt(n));
  const std::string q = node(layer + ".scaled", "Mul",
                             {rows(layer + ".queries", queries), filled(layer + ".factor", {1, 1, 1}, factor)}, n);
  const std::string products = node(layer + ".products", "MatMul", {q, k}, n);
  const std::string weights = node(layer + ".weights", "Softmax", {products}, n, {{"axis", std::int64_t{2}}});
  const std::string sums = node(layer + ".sums", "MatMul", {weights, v}, channels(values));
  const std::string turned =
      node(layer + ".turned", "Transpose", {sums}, channels(values), {{"perm", Integers{0, 2, 1}}});
  // Extents taken from the values themselves could not be inferred: ONNX does so from operator set 13 on.
  model_.initialisers.push_back(make_tensor<std::int64_t>(layer + ".extents", {4}, Integers{0, -1, height, width}));
  return node(layer, "Reshape", {turned, layer + ".extents"}, channels(values));
}

void GraphBuilder::fill_bias(const std::string& layer, float value) {
  const auto found = std::ranges::find(model_.initialisers, layer + ".bias", &OnnxTensor::name);
  if (found == model_.initialisers.end()) throw std::logic_error("layer \"" + layer + "\" has no bias");
  *found = make_tensor<float>(found->name, found->shape, std::vector<float>(found->shape.elements(), value));
}

OnnxModel GraphBuilder::finish(std::span<const std::string> outputs) {
  for (const std::string& name : outputs) {
    channels(name);
    model_.outputs.push_back({name, DType::f32, {}});
  }
  channels_.clear();
  return std::exchange(model_, {});
}

}  // namespace weir
