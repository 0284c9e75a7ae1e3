// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "elastic/onnx_model.hpp"
#include "elastic/tfjs/graph.hpp"

namespace weir::tfjs {

/// Which axis of the TensorFlow tensor each axis of the ONNX tensor holds.
using AxisOrder = std::vector<std::size_t>;

AxisOrder same_order(std::size_t rank);
/// NCHW storage of an NHWC tensor.
AxisOrder channels_first();

/// Extents added before and after one axis.
using Padding = std::pair<std::int64_t, std::int64_t>;

/// A TensorFlow tensor during the translation: a constant, or an ONNX tensor that holds its axes in some order and
/// without its outermost padding, so that transposes cost nothing and convolutions take paddings over.
struct Value {
  const OnnxTensor* constant = nullptr;
  std::string name{};  ///< of the ONNX tensor; empty for a constant
  Shape shape{};       ///< in TensorFlow's order, with the padding, at the model's nominal size
  AxisOrder order{};
  std::vector<Padding> padding{};  ///< per TensorFlow axis; empty: none
  float padding_value = 0;
  int biasless = -1;  ///< the convolution node that made it and has no bias yet
};

/// The state of one translation: what each TensorFlow node became, and the ONNX nodes so far. Thread-compatible.
class Translation {
 public:
  explicit Translation(const Graph& graph);

  /// Input `i` of a node; the driver has checked that it exists.
  const Value& input(const Node& node, std::size_t i) const;
  /// Whether this node alone reads that input.
  bool reads_alone(const Node& node, std::size_t i) const;
  /// The whole numbers of a constant input. Code::unsupported when it is computed or no i32.
  Result<std::vector<std::int64_t>> integers(const Node& node, std::size_t i) const;

  void set_outputs(const Node& node, std::vector<Value> values) { values_[node.name] = std::move(values); }
  const std::vector<Value>* outputs_of(const std::string& node) const;

  /// Keeps a constant as long as the translation and returns it as a value.
  Value keep(OnnxTensor tensor);

  /// Adds a constant to the model and returns its name there.
  std::string add_initialiser(OnnxTensor tensor);
  /// Adds a node with `outputs` outputs, named after `label`; returns its index.
  int add_node(const std::string& label, const std::string& op, std::vector<std::string> inputs,
               std::map<std::string, OnnxAttribute> attributes, std::size_t outputs = 1);
  const std::string& output_of(int node, std::size_t i = 0) const { return model_.nodes[at(node)].outputs[i]; }
  OnnxNode& onnx_node(int node) { return model_.nodes[at(node)]; }

  /// The ONNX tensor that holds a value in this order, padding included; adds Pad and Transpose where needed.
  std::string stored(const Value& value, const AxisOrder& order);
  /// The same in the order in which it is now.
  std::string stored(const Value& value) { return stored(value, value.order); }

  OnnxModel& model() { return model_; }
  /// Notes that the result fits the model's nominal size alone.
  void fix_size() { size_is_free_ = false; }
  bool size_is_free() const { return size_is_free_; }

 private:
  static std::size_t at(int node) { return static_cast<std::size_t>(node); }
  std::string fresh(const std::string& name);
  std::string padded(const Value& value);

  const Graph& graph_;
  std::map<std::string, std::vector<Value>> values_;
  std::map<std::pair<std::string, std::size_t>, int> readers_;
  std::deque<OnnxTensor> constants_;
  std::map<std::string, std::string> helpers_;  // what a Pad or Transpose was made of -> its output
  std::set<std::string> names_;
  OnnxModel model_;
  bool size_is_free_ = true;
};

/// A copy with its axes in another order: axis i of the result is axis order[i] of `tensor`.
OnnxTensor permuted(const OnnxTensor& tensor, const AxisOrder& order);

/// `what` went wrong with a node, as an error.
Status node_error(const Node& node, const std::string& what);

}  // namespace weir::tfjs
