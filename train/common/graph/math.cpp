// SPDX-License-Identifier: Apache-2.0
// Element-wise functions, arithmetic, reductions and matrix products as libtorch runs them.
#include <cmath>
#include <unordered_map>

#include "train/common/graph/operators.hpp"

namespace weir::train {
namespace {

using Unary = torch::Tensor (*)(const torch::Tensor&);
using Binary = torch::Tensor (*)(const torch::Tensor&, const torch::Tensor&);

const std::unordered_map<std::string_view, Unary>& unary_functions() {
  using T = const torch::Tensor&;
  static const std::unordered_map<std::string_view, Unary> kFunctions{
      {"Relu", [](T x) { return torch::relu(x); }},         {"Sigmoid", [](T x) { return torch::sigmoid(x); }},
      {"Tanh", [](T x) { return torch::tanh(x); }},         {"HardSwish", [](T x) { return torch::hardswish(x); }},
      {"Softplus", [](T x) { return torch::softplus(x); }}, {"Mish", [](T x) { return torch::mish(x); }},
      {"Exp", [](T x) { return torch::exp(x); }},           {"Log", [](T x) { return torch::log(x); }},
      {"Sqrt", [](T x) { return torch::sqrt(x); }},         {"Reciprocal", [](T x) { return torch::reciprocal(x); }},
      {"Erf", [](T x) { return torch::erf(x); }},           {"Neg", [](T x) { return torch::neg(x); }},
      {"Abs", [](T x) { return torch::abs(x); }},           {"Floor", [](T x) { return torch::floor(x); }},
      {"Ceil", [](T x) { return torch::ceil(x); }},         {"Identity", [](T x) { return x; }},
  };
  return kFunctions;
}

const std::unordered_map<std::string_view, Binary>& binary_functions() {
  using T = const torch::Tensor&;
  static const std::unordered_map<std::string_view, Binary> kFunctions{
      {"Add", [](T a, T b) { return a + b; }},
      {"Sub", [](T a, T b) { return a - b; }},
      {"Mul", [](T a, T b) { return a * b; }},
      {"Pow", [](T a, T b) { return torch::pow(a, b); }},
      {"MatMul", [](T a, T b) { return torch::matmul(a, b); }},
      {"PRelu", [](T x, T slope) { return torch::clamp_min(x, 0) + torch::clamp_max(x, 0) * slope; }},
      {"Div", [](T a, T b) { return at::isIntegralType(a.scalar_type(), false) ? torch::div(a, b, "trunc") : a / b; }},
  };
  return kFunctions;
}

Operator clip(const Attributes& attributes) {
  const double low = attributes.real("min", -INFINITY);
  const double high = attributes.real("max", INFINITY);
  return [=](const Tensors& in, bool) -> Tensors {
    const double from = in.size() > 1 && in[1].defined() ? in[1].item<double>() : low;
    const double to = in.size() > 2 && in[2].defined() ? in[2].item<double>() : high;
    return {torch::clamp(in[0], from, to)};
  };
}

Operator softmax(const Attributes& attributes, bool log, std::int64_t opset) {
  const std::int64_t axis = attributes.integer("axis", opset < 13 ? 1 : -1);
  return [=](const Tensors& in, bool) -> Tensors {
    const torch::Tensor& x = in[0];
    const auto apply = [&](const torch::Tensor& t, std::int64_t dim) {
      return log ? torch::log_softmax(t, dim) : torch::softmax(t, dim);
    };
    if (opset >= 13) return {apply(x, axis)};
    // Before opset 13 all dimensions from the axis on were normalised together.
    const std::int64_t first = axis < 0 ? axis + x.dim() : axis;
    return {apply(x.flatten(first), first).view(x.sizes())};
  };
}

Result<Operator> reduction(const OnnxNode& node, const Attributes& attributes) {
  const bool keep = attributes.integer("keepdims", 1) != 0;
  const std::vector<std::int64_t> fixed = attributes.integers("axes");
  const std::string op = node.op;
  return [=](const Tensors& in, bool) -> Tensors {
    std::vector<std::int64_t> axes = in.size() > 1 && in[1].defined() ? integers_of(in[1]) : fixed;
    if (axes.empty()) {
      for (std::int64_t i = 0; i < in[0].dim(); ++i) axes.push_back(i);
    }
    if (op == "ReduceMean") return {in[0].mean(axes, keep)};
    if (op == "ReduceSum") return {in[0].sum(axes, keep)};
    if (op == "ReduceMax") return {in[0].amax(axes, keep)};
    return {in[0].amin(axes, keep)};
  };
}

}  // namespace

Result<Operator> make_math(const OnnxNode& node, std::int64_t opset) {
  const Attributes attributes(node);
  if (const auto found = unary_functions().find(node.op); found != unary_functions().end()) {
    return [f = found->second](const Tensors& in, bool) -> Tensors { return {f(in[0])}; };
  }
  if (const auto found = binary_functions().find(node.op); found != binary_functions().end()) {
    return [f = found->second](const Tensors& in, bool) -> Tensors { return {f(in[0], in[1])}; };
  }
  if (node.op == "LeakyRelu") {
    return [slope = attributes.real("alpha", 0.01)](const Tensors& in, bool) -> Tensors {
      return {torch::leaky_relu(in[0], slope)};
    };
  }
  if (node.op == "Elu") {
    return [alpha = attributes.real("alpha", 1)](const Tensors& in, bool) -> Tensors {
      return {torch::elu(in[0], alpha)};
    };
  }
  if (node.op == "HardSigmoid") {
    return [a = attributes.real("alpha", 0.2), b = attributes.real("beta", 0.5)](const Tensors& in, bool) -> Tensors {
      return {torch::clamp(in[0] * a + b, 0, 1)};
    };
  }
  if (node.op == "Clip") return clip(attributes);
  if (node.op == "Softmax" || node.op == "LogSoftmax") return softmax(attributes, node.op == "LogSoftmax", opset);
  if (node.op == "ReduceMean" || node.op == "ReduceSum" || node.op == "ReduceMax" || node.op == "ReduceMin") {
    return reduction(node, attributes);
  }
  return Operator{};
}

}  // namespace weir::train
