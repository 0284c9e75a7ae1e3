// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include "elastic/tfjs/rules.hpp"

namespace weir::tfjs {
namespace {

double real_attribute(const Node& node, const std::string& name, double otherwise) {
  const auto found = node.attributes.find(name);
  return found == node.attributes.end() ? otherwise : found->second.real;
}

Status translate_activation(Translation& t, const Node& node) {
  auto out = activate(t, node, node.op, real_attribute(node, "alpha", 0.2), t.input(node, 0));
  if (!out) return out.error();
  t.set_outputs(node, {std::move(*out)});
  return {};
}

Status translate_softmax(Translation& t, const Node& node) {
  const Value& in = t.input(node, 0);
  const std::size_t rank = in.shape.rank();
  if (rank == 0) return node_error(node, "has a scalar input; it needs at least one axis");
  const int softmax = t.add_node(node.name, "Softmax", {t.stored(in, same_order(rank))},
                                 {{"axis", static_cast<std::int64_t>(rank) - 1}});
  t.set_outputs(node, {{.name = t.output_of(softmax), .shape = in.shape, .order = same_order(rank)}});
  return {};
}

Status translate_identity(Translation& t, const Node& node) {
  t.set_outputs(node, {t.input(node, 0)});
  return {};
}

// NumPy's rule: shapes are aligned at their last axis, an extent of 1 repeats.
Result<Shape> broadcast(const Node& node, const Shape& a, const Shape& b) {
  std::vector<std::int64_t> out(std::max(a.rank(), b.rank()));
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t left = i < a.rank() ? a[a.rank() - 1 - i] : 1;
    const std::int64_t right = i < b.rank() ? b[b.rank() - 1 - i] : 1;
    if (left != right && left != 1 && right != 1) {
      return fail(Code::corrupt, node.label() + " joins shapes " + a.text() + " and " + b.text() +
                                     ", which do not fit; fetch the model again");
    }
    out[out.size() - 1 - i] = left == 1 ? right : left;
  }
  return Shape(std::span<const std::int64_t>(out));
}

// A constant with extents of 1 put before its own, up to `rank` axes.
OnnxTensor with_rank(const OnnxTensor& constant, std::size_t rank) {
  std::vector<std::int64_t> extents(rank - constant.shape.rank(), 1);
  extents.insert(extents.end(), constant.shape.begin(), constant.shape.end());
  OnnxTensor out = constant;
  out.shape = Shape(std::span<const std::int64_t>(extents));
  return out;
}

// Whether `constant` holds one value per output channel of the convolution that made `value`.
bool is_bias(const Value& value, const Value& constant) {
  if (value.biasless < 0 || constant.constant == nullptr || constant.constant->dtype != DType::f32) return false;
  const Shape& shape = constant.shape;
  const std::int64_t channels = value.shape[3];
  return shape.rank() >= 1 && shape[shape.rank() - 1] == channels &&
         shape.elements() == static_cast<std::size_t>(channels) && shape.rank() <= 4;
}

void set_bias(Translation& t, const Node& node, const Value& value, const OnnxTensor& constant) {
  OnnxTensor bias = constant;
  bias.shape = {value.shape[3]};
  t.onnx_node(value.biasless).inputs.push_back(t.add_initialiser(std::move(bias)));
  Value out = value;
  out.biasless = -1;
  t.set_outputs(node, {std::move(out)});
}

std::string operand(Translation& t, const Value& value, std::size_t rank, const AxisOrder& order) {
  if (value.constant == nullptr) return t.stored(value, order);
  return t.add_initialiser(permuted(with_rank(*value.constant, rank), order));
}

Status translate_binary(Translation& t, const Node& node, const std::string& op) {
  const Value &a = t.input(node, 0), &b = t.input(node, 1);
  if (a.constant != nullptr && b.constant != nullptr) return node_error(node, "joins two constants of this type");
  const auto shape = broadcast(node, a.shape, b.shape);
  if (!shape) return shape.error();
  if (op == "Add" && t.reads_alone(node, 0) && is_bias(a, b)) {
    set_bias(t, node, a, *b.constant);
    return {};
  }
  if (op == "Add" && t.reads_alone(node, 1) && is_bias(b, a)) {
    set_bias(t, node, b, *a.constant);
    return {};
  }
  const Value& lead = a.constant == nullptr && a.shape.rank() == shape->rank() ? a : b;
  // Tensors of different rank are joined by their last axes, so both must be in TensorFlow's order.
  const bool ranks_differ = a.constant == nullptr && b.constant == nullptr && a.shape.rank() != b.shape.rank();
  const bool lead_is_whole = lead.constant == nullptr && lead.shape.rank() == shape->rank();
  const AxisOrder order = ranks_differ || !lead_is_whole ? same_order(shape->rank()) : lead.order;
  const auto order_of = [&](const Value& v) {
    return v.constant == nullptr && v.shape.rank() != shape->rank() ? same_order(v.shape.rank()) : order;
  };
  std::vector<std::string> inputs{operand(t, a, shape->rank(), order_of(a)), operand(t, b, shape->rank(), order_of(b))};
  const int joined = t.add_node(node.name, op, std::move(inputs), {});
  t.set_outputs(node, {{.name = t.output_of(joined), .shape = *shape, .order = order}});
  return {};
}

Status translate_add(Translation& t, const Node& node) { return translate_binary(t, node, "Add"); }
Status translate_sub(Translation& t, const Node& node) { return translate_binary(t, node, "Sub"); }
Status translate_mul(Translation& t, const Node& node) { return translate_binary(t, node, "Mul"); }
Status translate_div(Translation& t, const Node& node) { return translate_binary(t, node, "Div"); }

Status translate_bias_add(Translation& t, const Node& node) {
  const auto format = node.attributes.find("data_format");
  if (format != node.attributes.end() && format->second.text == "NCHW") {
    return node_error(node, "has data_format NCHW; only NHWC is supported");
  }
  return translate_binary(t, node, "Add");
}

}  // namespace

Result<Value> activate(Translation& t, const Node& node, const std::string& activation, double alpha, Value value) {
  std::vector<std::string> inputs{t.stored(value)};
  std::map<std::string, OnnxAttribute> attributes;
  std::string op = activation;
  if (activation == "Relu6") {
    const std::vector<float> least{0}, most{6};
    op = "Clip";
    inputs.push_back(t.add_initialiser(make_tensor<float>(node.name + "/least", {}, least)));
    inputs.push_back(t.add_initialiser(make_tensor<float>(node.name + "/most", {}, most)));
  } else if (activation == "LeakyRelu") {
    attributes["alpha"] = static_cast<float>(alpha);
  } else if (activation != "Relu" && activation != "Elu" && activation != "Sigmoid" && activation != "Tanh") {
    return fail(node_error(node, "fuses the activation \"" + activation +
                                     "\"; supported are Relu, Relu6, LeakyRelu, Elu, Sigmoid and Tanh")
                    .error());
  }
  const int done = t.add_node(node.name, op, std::move(inputs), std::move(attributes));
  return Value{.name = t.output_of(done), .shape = value.shape, .order = value.order};
}

std::span<const Rule> elementwise_rules() {
  static constexpr Rule kRules[] = {
      {"Relu", 1, translate_activation}, {"Relu6", 1, translate_activation},   {"LeakyRelu", 1, translate_activation},
      {"Elu", 1, translate_activation},  {"Sigmoid", 1, translate_activation}, {"Tanh", 1, translate_activation},
      {"Softmax", 1, translate_softmax}, {"Identity", 1, translate_identity},  {"Add", 2, translate_add},
      {"AddV2", 2, translate_add},       {"BiasAdd", 2, translate_bias_add},   {"Sub", 2, translate_sub},
      {"Mul", 2, translate_mul},         {"RealDiv", 2, translate_div},
  };
  return kRules;
}

}  // namespace weir::tfjs
