// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>

#include "elastic/tfjs/rules.hpp"

namespace weir::tfjs {
namespace {

std::size_t place_of(const AxisOrder& order, std::size_t axis) {
  return static_cast<std::size_t>(std::ranges::find(order, axis) - order.begin());
}

// A constant axis, counted from the end when negative.
Result<std::size_t> read_axis(const Translation& t, const Node& node, std::size_t input, std::size_t rank) {
  const auto numbers = t.integers(node, input);
  if (!numbers) return fail(numbers.error());
  const auto limit = static_cast<std::int64_t>(rank);
  if (numbers->size() != 1 || (*numbers)[0] < -limit || (*numbers)[0] >= limit) {
    return fail(Code::corrupt, node.label() + " has an axis outside its " + std::to_string(rank) + " axes");
  }
  return static_cast<std::size_t>((*numbers)[0] < 0 ? (*numbers)[0] + limit : (*numbers)[0]);
}

Status translate_transpose(Translation& t, const Node& node) {
  const Value& in = t.input(node, 0);
  const auto perm = t.integers(node, 1);
  if (!perm) return perm.error();
  const std::size_t rank = in.shape.rank();
  std::vector<std::int64_t> sorted = *perm, wanted(rank);
  std::ranges::sort(sorted);
  std::iota(wanted.begin(), wanted.end(), 0);
  if (sorted != wanted)
    return node_error(node, "has a permutation that does not fit its " + std::to_string(rank) + " axes");
  AxisOrder axes(perm->begin(), perm->end());
  if (in.constant != nullptr) {
    t.set_outputs(node, {t.keep(permuted(*in.constant, axes))});
    return {};
  }
  // No data moves: the same memory is described in the new axes.
  Value out = in;
  out.biasless = -1;
  for (std::size_t i = 0; i < rank; ++i) {
    out.shape[i] = in.shape[axes[i]];
    if (!in.padding.empty()) out.padding[i] = in.padding[axes[i]];
    out.order[i] = place_of(axes, in.order[i]);
  }
  t.set_outputs(node, {std::move(out)});
  return {};
}

Status translate_pad(Translation& t, const Node& node) {
  const Value& in = t.input(node, 0);
  const auto numbers = t.integers(node, 1);
  if (!numbers) return numbers.error();
  const std::size_t rank = in.shape.rank();
  if (numbers->size() != 2 * rank || std::ranges::any_of(*numbers, [](std::int64_t n) { return n < 0 || n > 65536; })) {
    return node_error(node, "has paddings that do not fit its " + std::to_string(rank) + " axes");
  }
  Value out = in;
  out.biasless = -1;
  out.padding_value = 0;
  if (node.inputs.size() > 2) {
    const OnnxTensor* fill = t.input(node, 2).constant;
    if (fill == nullptr || fill->as<float>().size() != 1)
      return node_error(node, "pads with a value not known beforehand");
    out.padding_value = fill->as<float>()[0];
  }
  if (in.constant != nullptr || !in.padding.empty()) {
    out.name = t.stored(in);
    out.constant = nullptr;
  }
  out.padding.clear();
  for (std::size_t i = 0; i < rank; ++i) {
    out.padding.emplace_back((*numbers)[2 * i], (*numbers)[2 * i + 1]);
    out.shape[i] += out.padding[i].first + out.padding[i].second;
  }
  t.set_outputs(node, {std::move(out)});
  return {};
}

Status translate_concat(Translation& t, const Node& node) {
  const std::size_t count = node.inputs.size() - 1;
  const Value& first = t.input(node, 0);
  const auto axis = read_axis(t, node, count, first.shape.rank());
  if (!axis) return axis.error();
  Value out{.shape = first.shape, .order = first.order};
  out.shape[*axis] = 0;
  std::vector<std::string> inputs;
  for (std::size_t i = 0; i < count; ++i) {
    const Value& part = t.input(node, i);
    bool fits = part.shape.rank() == out.shape.rank();
    for (std::size_t k = 0; fits && k < part.shape.rank(); ++k) fits = k == *axis || part.shape[k] == out.shape[k];
    if (!fits)
      return node_error(node,
                        "joins shapes " + first.shape.text() + " and " + part.shape.text() + ", which do not fit");
    out.shape[*axis] += part.shape[*axis];
    inputs.push_back(t.stored(part, out.order));
  }
  const auto place = static_cast<std::int64_t>(place_of(out.order, *axis));
  out.name = t.output_of(t.add_node(node.name, "Concat", std::move(inputs), {{"axis", place}}));
  t.set_outputs(node, {std::move(out)});
  return {};
}

Status split(Translation& t, const Node& node, const Value& in, std::size_t axis, std::vector<std::int64_t> sizes) {
  const std::int64_t sum = std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0});
  const auto open = std::ranges::find(sizes, -1);
  if (open != sizes.end()) *open = in.shape[axis] - (sum + 1);
  const bool valid = std::ranges::all_of(sizes, [](std::int64_t s) { return s > 0; });
  if (!valid || std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0}) != in.shape[axis]) {
    return node_error(node, "splits into sizes that do not fit its input of " + in.shape.text());
  }
  const auto place = static_cast<std::int64_t>(place_of(in.order, axis));
  const int done = t.add_node(node.name, "Split", {t.stored(in)}, {{"axis", place}, {"split", sizes}}, sizes.size());
  std::vector<Value> outputs;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    outputs.push_back({.name = t.output_of(done, i), .shape = in.shape, .order = in.order});
    outputs.back().shape[axis] = sizes[i];
  }
  t.set_outputs(node, std::move(outputs));
  return {};
}

Status translate_split(Translation& t, const Node& node) {
  const Value& in = t.input(node, 1);
  const auto axis = read_axis(t, node, 0, in.shape.rank());
  if (!axis) return axis.error();
  const auto parts = node.attributes.find("num_split");
  const std::int64_t count = parts == node.attributes.end() ? 0 : parts->second.integer;
  if (count < 1 || count > in.shape[*axis]) return node_error(node, "splits into " + std::to_string(count) + " parts");
  return split(t, node, in, *axis, std::vector<std::int64_t>(static_cast<std::size_t>(count), in.shape[*axis] / count));
}

Status translate_split_v(Translation& t, const Node& node) {
  const Value& in = t.input(node, 0);
  auto sizes = t.integers(node, 1);
  if (!sizes) return sizes.error();
  const auto axis = read_axis(t, node, 2, in.shape.rank());
  if (!axis) return axis.error();
  return split(t, node, in, *axis, std::move(*sizes));
}

Status translate_reshape(Translation& t, const Node& node) {
  const Value& in = t.input(node, 0);
  auto target = t.integers(node, 1);
  if (!target) return target.error();
  std::int64_t known = 1;
  for (const std::int64_t e : *target) known *= e == -1 ? 1 : e;
  const auto elements = static_cast<std::int64_t>(in.shape.elements());
  const bool open = std::ranges::count(*target, -1) == 1;
  if (target->size() > Shape::kMaxRank || known <= 0 || (open ? elements % known != 0 : elements != known)) {
    return node_error(node, "reshapes " + in.shape.text() + " to another number of values");
  }
  if (!open) t.fix_size();
  Shape shape{std::span<const std::int64_t>(*target)};
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    if (shape[i] == -1) shape[i] = elements / known;
  }
  // A 0 copies the extent: the batch stays open.
  if (!target->empty() && in.shape.rank() > 0 && (*target)[0] == in.shape[0]) (*target)[0] = 0;
  const Shape count{static_cast<std::int64_t>(target->size())};
  std::vector<std::string> inputs{t.stored(in, same_order(in.shape.rank())),
                                  t.add_initialiser(make_tensor<std::int64_t>(node.name + "/shape", count, *target))};
  const int done = t.add_node(node.name, "Reshape", std::move(inputs), {});
  t.set_outputs(node, {{.name = t.output_of(done), .shape = shape, .order = same_order(shape.rank())}});
  return {};
}

}  // namespace

std::span<const Rule> shape_rules() {
  static constexpr Rule kRules[] = {
      {"Transpose", 2, translate_transpose}, {"Pad", 2, translate_pad},     {"PadV2", 3, translate_pad},
      {"ConcatV2", 2, translate_concat},     {"Split", 2, translate_split}, {"SplitV", 3, translate_split_v},
      {"Reshape", 2, translate_reshape},
  };
  return kRules;
}

}  // namespace weir::tfjs
