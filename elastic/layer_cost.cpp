// SPDX-License-Identifier: Apache-2.0
#include "elastic/layer_cost.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>

namespace weir {
namespace {

using TypeMap = std::unordered_map<std::string, TensorType>;

constexpr std::array<std::string_view, 6> kViews{"Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Dropout"};

const Shape* shape_of(const TypeMap& types, const std::vector<std::string>& names, std::size_t i) {
  if (i >= names.size()) return nullptr;
  const auto found = types.find(names[i]);
  return found == types.end() ? nullptr : &found->second.shape;
}

std::int64_t count(const Shape& shape) { return static_cast<std::int64_t>(shape.elements()); }

std::int64_t integer(const OnnxNode& node, const std::string& name, std::int64_t otherwise) {
  const auto found = node.attributes.find(name);
  const auto* value = found == node.attributes.end() ? nullptr : std::get_if<std::int64_t>(&found->second);
  return value == nullptr ? otherwise : *value;
}

std::int64_t macs_of(const OnnxNode& node, const TypeMap& types) {
  const Shape* in = shape_of(types, node.inputs, 0);
  const Shape* weights = shape_of(types, node.inputs, 1);
  const Shape* out = shape_of(types, node.outputs, 0);
  if (in == nullptr || weights == nullptr || out == nullptr) return 0;
  if (node.op == "Conv" && weights->rank() > 1 && (*weights)[0] > 0)
    return count(*out) * count(*weights) / (*weights)[0];
  // Each input value meets every weight of its channel once.
  if (node.op == "ConvTranspose" && weights->rank() > 1 && (*weights)[0] > 0) {
    return count(*in) * count(*weights) / (*weights)[0];
  }
  if (node.op == "MatMul" && in->rank() > 0) return count(*out) * (*in)[in->rank() - 1];
  if (node.op == "Gemm" && in->rank() == 2) return count(*out) * (*in)[integer(node, "transA", 0) != 0 ? 0 : 1];
  return 0;
}

struct Constants {
  std::unordered_map<std::string_view, const OnnxTensor*> by_name;
  std::unordered_set<std::string_view> counted{};

  std::int64_t parameters_of(const OnnxNode& node) {
    std::int64_t sum = 0;
    // The scales and regions of a Resize are no weights.
    if (node.op == "Resize" || node.op == "Upsample" || node.op == "Pad" || node.op == "Clip") return 0;
    for (const std::string& input : node.inputs) {
      const auto found = by_name.find(input);
      if (found == by_name.end() || !counted.insert(found->first).second) continue;
      const DType type = found->second->dtype;
      if (type == DType::f32 || type == DType::f16 || type == DType::bf16) sum += count(found->second->shape);
    }
    return sum;
  }
};

// A buffer of activations: who owns it, and until which node it is read.
struct Buffer {
  std::size_t first = 0;
  std::size_t last = 0;
  std::int64_t bytes = 0;
};

class Lifetimes {
 public:
  Lifetimes(const OnnxModel& model, const TypeMap& types) : types_(types) {
    for (const OnnxValue& input : model.inputs) own(input.name, 0);
    for (std::size_t i = 0; i < model.nodes.size(); ++i) add(model.nodes[i], i);
    for (const OnnxValue& output : model.outputs) read(output.name, model.nodes.size() - 1);
  }

  std::vector<std::int64_t> live_bytes(std::size_t nodes) const {
    std::vector<std::int64_t> change(nodes + 1, 0);
    for (const Buffer& b : buffers_) {
      change[b.first] += b.bytes;
      change[b.last + 1] -= b.bytes;
    }
    std::int64_t sum = 0;
    for (std::int64_t& value : change) value = sum += value;
    change.resize(nodes);
    return change;
  }

 private:
  void own(const std::string& name, std::size_t node) {
    const auto type = types_.find(name);
    if (name.empty() || type == types_.end()) return;
    const auto bytes = type->second.shape.elements() * size_of(type->second.dtype);
    owner_.insert_or_assign(name, buffers_.size());
    buffers_.push_back({node, node, static_cast<std::int64_t>(bytes)});
  }

  void read(const std::string& name, std::size_t node) {
    const auto found = owner_.find(name);
    if (found != owner_.end()) buffers_[found->second].last = std::max(buffers_[found->second].last, node);
  }

  void add(const OnnxNode& node, std::size_t i) {
    if (node.op == "Constant") return;
    for (const std::string& input : node.inputs) read(input, i);
    const auto source = node.inputs.empty() ? owner_.end() : owner_.find(node.inputs[0]);
    const bool view = std::ranges::find(kViews, node.op) != kViews.end() && source != owner_.end();
    for (std::size_t k = 0; k < node.outputs.size(); ++k) {
      if (view && k == 0) {
        const std::size_t buffer = source->second;
        owner_.insert_or_assign(node.outputs[0], buffer);
      } else {
        own(node.outputs[k], i);
      }
    }
  }

  const TypeMap& types_;
  std::vector<Buffer> buffers_;
  std::unordered_map<std::string, std::size_t> owner_;
};

}  // namespace

std::vector<LayerCost> layer_costs(const OnnxModel& model, const TypeMap& types) {
  Constants constants;
  for (const OnnxTensor& t : model.initialisers) constants.by_name.emplace(t.name, &t);
  for (const OnnxNode& node : model.nodes) {
    const auto value = node.attributes.find("value");
    if (node.op != "Constant" || value == node.attributes.end() || node.outputs.empty()) continue;
    if (const auto* tensor = std::get_if<OnnxTensor>(&value->second))
      constants.by_name.emplace(node.outputs[0], tensor);
  }
  const std::vector<std::int64_t> live = Lifetimes(model, types).live_bytes(model.nodes.size());
  std::vector<LayerCost> costs;
  for (std::size_t i = 0; i < model.nodes.size(); ++i) {
    costs.push_back({constants.parameters_of(model.nodes[i]), macs_of(model.nodes[i], types), live[i]});
  }
  return costs;
}

}  // namespace weir
