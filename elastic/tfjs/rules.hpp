// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

#include "elastic/tfjs/translation.hpp"

namespace weir::tfjs {

/// Translates one kind of operator. The driver has checked that the node has at least `inputs` inputs and that all of
/// them are translated; the rule sets the node's outputs.
struct Rule {
  std::string_view op;
  std::size_t inputs;
  Status (*translate)(Translation&, const Node&);
};

/// Convolutions, pooling and resizing.
std::span<const Rule> layer_rules();
/// Transpose, Reshape, Pad, concatenation, splitting.
std::span<const Rule> shape_rules();
/// Activations and arithmetic.
std::span<const Rule> elementwise_rules();
/// What can be computed now, on constants alone; a rule sets no output when it cannot, and the others are asked.
std::span<const Rule> constant_rules();

/// Adds the activation "Relu", "Relu6", "LeakyRelu", "Elu", "Sigmoid" or "Tanh" to a value. Code::unsupported for
/// another one.
Result<Value> activate(Translation& t, const Node& node, const std::string& activation, double alpha, Value value);

}  // namespace weir::tfjs
