// SPDX-License-Identifier: Apache-2.0
#include "elastic/seams.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_map>

#include "elastic/layer_cost.hpp"

namespace weir {
namespace {

using Index = std::size_t;
using Head = std::vector<bool>;  ///< by node: whether it is before the seam

/// Who makes and who reads the values that an input has an effect on.
class Flow {
 public:
  explicit Flow(const OnnxModel& model) : model_(model) {
    for (const OnnxValue& input : model.inputs) made_.emplace(input.name, kInput);
    for (Index i = 0; i < model.nodes.size(); ++i) add(i);
    for (const OnnxValue& output : model.outputs) outputs_.insert(output.name);
  }

  bool matters(Index node) const { return matters_[node]; }

  /// The node and all that it depends on.
  Head ancestors(Index node) const {
    Head head(model_.nodes.size(), false);
    head[node] = true;
    for (Index i = node + 1; i-- > 0;) {
      if (!head[i]) continue;
      for (const std::string& input : model_.nodes[i].inputs) {
        const auto found = made_.find(input);
        if (found != made_.end() && found->second != kInput) head[found->second] = true;
      }
    }
    return head;
  }

  /// The values that cross from the head to the rest, as they are made; none where an input of the network does.
  std::vector<std::string_view> crossing(const Head& head) const {
    std::set<std::pair<Index, std::string_view>> crossing;
    for (Index i = 0; i < model_.nodes.size(); ++i) {
      if (head[i]) continue;
      for (const std::string& input : model_.nodes[i].inputs) {
        const auto found = made_.find(input);
        if (found == made_.end()) continue;
        if (found->second == kInput) return {};
        if (head[found->second]) crossing.emplace(found->second, found->first);
      }
    }
    if (crossing.empty()) return {};
    for (Index i = 0; i < model_.nodes.size(); ++i) {
      if (!head[i]) continue;
      for (const std::string& output : model_.nodes[i].outputs) {
        if (outputs_.contains(output)) crossing.emplace(i, output);
      }
    }
    std::vector<std::string_view> names;
    for (const auto& [node, name] : crossing) names.push_back(name);
    return names;
  }

 private:
  static constexpr Index kInput = static_cast<Index>(-1);

  void add(Index i) {
    const OnnxNode& node = model_.nodes[i];
    matters_.push_back(std::ranges::any_of(node.inputs, [&](const std::string& name) { return made_.contains(name); }));
    if (!matters_.back()) return;
    for (const std::string& output : node.outputs) {
      if (!output.empty()) made_.emplace(output, i);
    }
  }

  const OnnxModel& model_;
  std::unordered_map<std::string_view, Index> made_;  ///< by value; only those that an input has an effect on
  std::set<std::string_view> outputs_;
  std::vector<bool> matters_;
};

Seam describe(const OnnxModel& model, const std::unordered_map<std::string, TensorType>& types,
              const std::vector<LayerCost>& costs, const Head& head, const std::vector<std::string_view>& names,
              Index last) {
  Seam seam;
  seam.after = model.nodes[last].label();
  seam.op = model.nodes[last].op;
  for (const std::string_view name : names) {
    const SeamTensor& tensor = seam.tensors.emplace_back(SeamTensor{std::string(name), types.at(std::string(name))});
    const auto elements = static_cast<std::int64_t>(tensor.type.shape.elements());
    seam.elements += elements;
    seam.bytes += elements * static_cast<std::int64_t>(size_of(tensor.type.dtype));
  }
  for (Index i = 0; i < head.size(); ++i) (head[i] ? seam.head_macs : seam.tail_macs) += costs[i].macs;
  return seam;
}

}  // namespace

Result<std::vector<Seam>> find_seams(const OnnxModel& model, const std::vector<Shape>& input_shapes, std::size_t most) {
  const auto types = infer_shapes(model, input_shapes);
  if (!types) return fail(types.error());
  const std::vector<LayerCost> costs = layer_costs(model, *types);
  const Flow flow(model);
  std::vector<Seam> seams;
  std::set<std::vector<std::string_view>> seen;
  Head before(model.nodes.size(), false);
  const auto note = [&](const Head& head, Index last) {
    const auto names = flow.crossing(head);
    if (names.empty() || names.size() > most || !seen.insert(names).second) return;
    seams.push_back(describe(model, *types, costs, head, names, last));
  };
  for (Index i = 0; i < model.nodes.size(); ++i) {
    before[i] = true;
    if (!flow.matters(i)) continue;
    note(flow.ancestors(i), i);
    note(before, i);
  }
  return seams;
}

}  // namespace weir
