// SPDX-License-Identifier: Apache-2.0
#include "elastic/tfjs/import.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "elastic/shape_inference.hpp"
#include "elastic/tfjs/rules.hpp"

namespace weir {
namespace {

using tfjs::Graph;
using tfjs::Node;
using tfjs::Rule;
using tfjs::Source;
using tfjs::Translation;
using tfjs::Value;

// Taken for an open height or width while shapes are worked out.
constexpr std::int64_t kNominal = 416;
// Grows height and width to see whether the graph holds at another size; a multiple of every usual stride.
constexpr std::int64_t kStep = 64;

bool is_channel_count(std::int64_t extent) { return extent == 1 || extent == 3 || extent == 4; }

const Rule* find_rule(std::span<const Rule> rules, std::string_view op) {
  const auto found = std::ranges::find(rules, op, &Rule::op);
  return found == rules.end() ? nullptr : &*found;
}

class Import {
 public:
  Import(const Graph& graph, std::string file) : graph_(graph), file_(std::move(file)), t_(graph) {}

  Result<OnnxModel> run() {
    if (graph_.outputs.empty()) return fail(Code::corrupt, "TF.js model " + file_ + " has no outputs");
    for (const Source& output : graph_.outputs) {
      if (Status s = translate_up_to(output.node); !s) return fail(s.error());
    }
    if (Status s = add_outputs(); !s) return fail(s.error());
    name_input();
    open_size();
    return std::move(t_.model());
  }

 private:
  // Depth first, with a stack of our own: a file decides how deep the graph is.
  Status translate_up_to(const std::string& name) {
    std::vector<std::pair<std::string, bool>> stack{{name, false}};
    while (!stack.empty()) {
      const auto [current, ready] = stack.back();
      const auto node = graph_.nodes.find(current);
      if (node == graph_.nodes.end()) return error("names the node \"" + current + "\", which it does not hold");
      if (t_.outputs_of(current) != nullptr) {
        stack.pop_back();
        continue;
      }
      if (ready) {
        if (Status s = translate(node->second); !s) return {s.error().code, s.error().text + " in " + file_};
        stack.pop_back();
        continue;
      }
      if (!entered_.insert(current).second) return error("has a loop through " + node->second.label());
      stack.back().second = true;
      for (const Source& input : node->second.inputs) {
        if (t_.outputs_of(input.node) == nullptr) stack.emplace_back(input.node, false);
      }
    }
    return {};
  }

  Status error(const std::string& what) const {
    return {Code::corrupt, "TF.js model " + file_ + " " + what + "; fetch it again"};
  }

  Status translate(const Node& node) {
    if (node.op == "Const") return keep_constant(node);
    if (node.op == "Placeholder") return add_input(node);
    for (const auto rules :
         {tfjs::constant_rules(), tfjs::layer_rules(), tfjs::shape_rules(), tfjs::elementwise_rules()}) {
      const Rule* rule = find_rule(rules, node.op);
      if (rule == nullptr) continue;
      if (Status s = check_inputs(node, rule->inputs); !s) return s;
      if (Status s = rule->translate(t_, node); !s || t_.outputs_of(node.name) != nullptr) return s;
    }
    return tfjs::node_error(node, "is an operator that pipeline model import does not know");
  }

  Status check_inputs(const Node& node, std::size_t wanted) const {
    if (node.inputs.size() < wanted) {
      return {Code::corrupt, node.label() + " has " + std::to_string(node.inputs.size()) + " inputs; it needs " +
                                 std::to_string(wanted)};
    }
    for (const Source& input : node.inputs) {
      if (input.index < t_.outputs_of(input.node)->size()) continue;
      return {Code::corrupt, node.label() + " reads output " + std::to_string(input.index) + " of \"" + input.node +
                                 "\", which has " + std::to_string(t_.outputs_of(input.node)->size())};
    }
    return {};
  }

  Status keep_constant(const Node& node) {
    const auto weight = graph_.constants.find(node.name);
    if (weight == graph_.constants.end()) {
      return {Code::corrupt, node.label() + " has no value in the weights manifest"};
    }
    t_.set_outputs(node, {t_.keep(weight->second)});
    return {};
  }

  Status add_input(const Node& node) {
    const auto attribute = node.attributes.find("shape");
    if (attribute == node.attributes.end() || !attribute->second.has_shape ||
        attribute->second.shape.size() > Shape::kMaxRank) {
      return tfjs::node_error(node, "has no known rank; export the graph with the shape of its input");
    }
    Shape shape{std::span<const std::int64_t>(attribute->second.shape)};
    const bool image = shape.rank() == 4;
    const bool channels_last = image && is_channel_count(shape[3]) && (shape[1] < 1 || shape[1] > shape[3]);
    for (std::size_t i = 0; i < shape.rank(); ++i) {
      if (shape[i] < 1) shape[i] = i > 0 && image ? kNominal : 1;
    }
    Value value{.name = node.name, .shape = shape, .order = tfjs::same_order(shape.rank())};
    if (channels_last) value.order = tfjs::channels_first();
    channels_last_ = channels_last_ || channels_last;
    Shape stored = shape;
    for (std::size_t i = 0; i < shape.rank(); ++i) stored[i] = shape[value.order[i]];
    t_.model().inputs.push_back({node.name, DType::f32, stored});
    t_.set_outputs(node, {std::move(value)});
    return {};
  }

  Status add_outputs() {
    for (const Source& output : graph_.outputs) {
      const auto* values = t_.outputs_of(output.node);
      if (output.index >= values->size()) return error("names an output that \"" + output.node + "\" does not have");
      const Value& value = (*values)[output.index];
      const bool image = channels_last_ && value.shape.rank() == 4;
      const tfjs::AxisOrder order = image ? tfjs::channels_first() : tfjs::same_order(value.shape.rank());
      const std::string name = output.index == 0 ? output.node : output.node + ":" + std::to_string(output.index);
      Shape shape = value.shape;
      for (std::size_t i = 0; i < shape.rank(); ++i) shape[i] = value.shape[order[i]];
      name_output(t_.stored(value, order), name);
      t_.model().outputs.push_back({name, value.constant == nullptr ? DType::f32 : value.constant->dtype, shape});
    }
    return {};
  }

  // Gives a tensor the output's own name, or a copy of it where the tensor is an input, a constant or an output too.
  void name_output(const std::string& tensor, const std::string& name) {
    OnnxModel& model = t_.model();
    if (tensor == name) return;
    const auto makes = [&](const OnnxNode& n) { return std::ranges::find(n.outputs, tensor) != n.outputs.end(); };
    const bool computed = std::ranges::any_of(model.nodes, makes);
    const bool taken = std::ranges::find(model.outputs, tensor, &OnnxValue::name) != model.outputs.end();
    if (!computed || taken) {
      model.nodes.push_back({name, "Identity", "", {tensor}, {name}, {}});
      return;
    }
    for (OnnxNode& node : model.nodes) {
      std::ranges::replace(node.outputs, tensor, name);
      std::ranges::replace(node.inputs, tensor, name);
    }
  }

  void name_input() {
    OnnxModel& model = t_.model();
    const auto taken = [](const OnnxNode& n) { return std::ranges::find(n.outputs, "data") != n.outputs.end(); };
    if (model.inputs.size() != 1 || std::ranges::any_of(model.nodes, taken)) return;
    const std::string old = std::exchange(model.inputs[0].name, "data");
    for (OnnxNode& node : model.nodes) std::ranges::replace(node.inputs, old, std::string("data"));
  }

  // Leaves height and width open, here and in the outputs, when the graph's shapes follow them to another size.
  void open_size() {
    OnnxModel& model = t_.model();
    if (!t_.size_is_free() || model.inputs.size() != 1 || model.inputs[0].shape.rank() != 4) return;
    Shape larger = model.inputs[0].shape;
    larger[2] += kStep;
    larger[3] += 2 * kStep;
    const auto types = infer_shapes(model, {larger});
    if (!types) return;
    for (OnnxValue& output : model.outputs) {
      const auto type = types->find(output.name);
      if (type == types->end() || type->second.shape.rank() != output.shape.rank()) return;
      for (std::size_t i = 0; i < output.shape.rank(); ++i) {
        if (type->second.shape[i] != output.shape[i]) output.shape[i] = -1;
      }
    }
    model.inputs[0].shape[2] = model.inputs[0].shape[3] = -1;
  }

  const Graph& graph_;
  std::string file_;
  Translation t_;
  std::set<std::string> entered_;
  bool channels_last_ = false;
};

}  // namespace

Result<OnnxModel> import_tfjs(const std::filesystem::path& path) {
  const auto graph = tfjs::read_graph(path);
  if (!graph) return fail(graph.error());
  return Import(*graph, path.string()).run();
}

}  // namespace weir
