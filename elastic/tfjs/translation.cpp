// SPDX-License-Identifier: Apache-2.0
#include "elastic/tfjs/translation.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace weir::tfjs {

AxisOrder same_order(std::size_t rank) {
  AxisOrder order(rank);
  std::iota(order.begin(), order.end(), std::size_t{0});
  return order;
}

AxisOrder channels_first() { return {0, 3, 1, 2}; }

OnnxTensor permuted(const OnnxTensor& tensor, const AxisOrder& order) {
  const std::size_t rank = tensor.shape.rank();
  std::vector<std::size_t> strides(rank, 1);
  for (std::size_t i = rank; i-- > 1;) strides[i - 1] = strides[i] * static_cast<std::size_t>(tensor.shape[i]);
  OnnxTensor out = tensor;
  for (std::size_t i = 0; i < rank; ++i) out.shape[i] = tensor.shape[order[i]];
  const std::size_t size = size_of(tensor.dtype);
  std::vector<std::int64_t> index(rank, 0);
  for (std::size_t n = 0; n < tensor.shape.elements(); ++n) {
    std::size_t from = 0;
    for (std::size_t i = 0; i < rank; ++i) from += static_cast<std::size_t>(index[i]) * strides[order[i]];
    std::memcpy(out.data.data() + n * size, tensor.data.data() + from * size, size);
    for (std::size_t i = rank; i-- > 0 && ++index[i] == out.shape[i];) index[i] = 0;
  }
  return out;
}

Status node_error(const Node& node, const std::string& what) { return {Code::unsupported, node.label() + " " + what}; }

Translation::Translation(const Graph& graph) : graph_(graph) {
  for (const auto& [name, node] : graph_.nodes) {
    for (const Source& input : node.inputs) ++readers_[{input.node, input.index}];
  }
  for (const Source& output : graph_.outputs) ++readers_[{output.node, output.index}];
}

const Value& Translation::input(const Node& node, std::size_t i) const {
  const Source& source = node.inputs[i];
  return values_.at(source.node)[source.index];
}

bool Translation::reads_alone(const Node& node, std::size_t i) const {
  return readers_.at({node.inputs[i].node, node.inputs[i].index}) == 1;
}

Result<std::vector<std::int64_t>> Translation::integers(const Node& node, std::size_t i) const {
  const Value& value = input(node, i);
  if (value.constant == nullptr || value.constant->dtype != DType::i32) {
    return fail(Code::unsupported, node.label() + " takes \"" + node.inputs[i].node +
                                       "\" as whole numbers known beforehand, but it is " +
                                       (value.constant == nullptr ? "computed" : "of another type") +
                                       "; export the graph with constant shapes");
  }
  const auto numbers = value.constant->as<std::int32_t>();
  return std::vector<std::int64_t>(numbers.begin(), numbers.end());
}

const std::vector<Value>* Translation::outputs_of(const std::string& node) const {
  const auto found = values_.find(node);
  return found == values_.end() ? nullptr : &found->second;
}

Value Translation::keep(OnnxTensor tensor) {
  constants_.push_back(std::move(tensor));
  const OnnxTensor& kept = constants_.back();
  return {.constant = &kept, .shape = kept.shape, .order = same_order(kept.shape.rank())};
}

std::string Translation::fresh(const std::string& name) {
  std::string unique = name;
  for (int i = 1; !names_.insert(unique).second; ++i) unique = name + "_" + std::to_string(i);
  return unique;
}

std::string Translation::add_initialiser(OnnxTensor tensor) {
  tensor.name = fresh(tensor.name);
  model_.initialisers.push_back(std::move(tensor));
  return model_.initialisers.back().name;
}

int Translation::add_node(const std::string& label, const std::string& op, std::vector<std::string> inputs,
                          std::map<std::string, OnnxAttribute> attributes, std::size_t outputs) {
  OnnxNode node{fresh(label), op, "", std::move(inputs), {}, std::move(attributes)};
  node.outputs.push_back(node.name);
  for (std::size_t i = 1; i < outputs; ++i) node.outputs.push_back(fresh(node.name + ":" + std::to_string(i)));
  model_.nodes.push_back(std::move(node));
  return static_cast<int>(model_.nodes.size()) - 1;
}

std::string Translation::padded(const Value& value) {
  if (value.padding.empty()) return value.name;
  std::vector<std::int64_t> pads;
  std::string key = "pad " + value.name + " " + std::to_string(value.padding_value);
  for (const bool after : {false, true}) {
    for (const std::size_t axis : value.order) {
      pads.push_back(after ? value.padding[axis].second : value.padding[axis].first);
      key += " " + std::to_string(pads.back());
    }
  }
  auto [helper, is_new] = helpers_.try_emplace(key);
  if (is_new) {
    const Shape count{static_cast<std::int64_t>(pads.size())};
    const std::vector<float> fill{value.padding_value};
    std::vector<std::string> inputs{value.name,
                                    add_initialiser(make_tensor<std::int64_t>(value.name + "/pads", count, pads)),
                                    add_initialiser(make_tensor<float>(value.name + "/fill", {}, fill))};
    helper->second =
        output_of(add_node(value.name + "/pad", "Pad", std::move(inputs), {{"mode", std::string("constant")}}));
  }
  return helper->second;
}

std::string Translation::stored(const Value& value, const AxisOrder& order) {
  if (value.constant != nullptr) return add_initialiser(permuted(*value.constant, order));
  const std::string name = padded(value);
  if (value.order == order) return name;
  std::vector<std::int64_t> perm;
  std::string key = "transpose " + name;
  for (const std::size_t axis : order) {
    perm.push_back(std::ranges::find(value.order, axis) - value.order.begin());
    key += " " + std::to_string(perm.back());
  }
  auto [helper, is_new] = helpers_.try_emplace(key);
  if (is_new) helper->second = output_of(add_node(name + "/transpose", "Transpose", {name}, {{"perm", perm}}));
  return helper->second;
}

}  // namespace weir::tfjs
