// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include "elastic/tfjs/rules.hpp"

namespace weir::tfjs {
namespace {

std::optional<std::span<const std::int32_t>> whole_numbers(const Translation& t, const Node& node, std::size_t i) {
  const Value& value = t.input(node, i);
  if (value.constant == nullptr || value.constant->dtype != DType::i32) return std::nullopt;
  return value.constant->as<std::int32_t>();
}

template <typename Join>
Status join(Translation& t, const Node& node, Join&& operation) {
  const auto a = whole_numbers(t, node, 0), b = whole_numbers(t, node, 1);
  if (!a || !b) return {};
  const bool fits = a->size() == b->size() || a->size() == 1 || b->size() == 1;
  if (!fits) return node_error(node, "joins whole numbers of shapes that do not fit");
  const Shape& shape = t.input(node, a->size() >= b->size() ? 0 : 1).shape;
  std::vector<std::int32_t> out(shape.elements());
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = operation((*a)[a->size() == 1 ? 0 : i], (*b)[b->size() == 1 ? 0 : i]);
  }
  t.set_outputs(node, {t.keep(make_tensor<std::int32_t>(node.name, shape, out))});
  return {};
}

// Whole numbers of a graph are small; what would overflow wraps instead of being undefined.
std::int32_t wrap(std::int64_t value) { return static_cast<std::int32_t>(value); }

Status fold_add(Translation& t, const Node& node) {
  return join(t, node, [](std::int64_t a, std::int64_t b) { return wrap(a + b); });
}
Status fold_sub(Translation& t, const Node& node) {
  return join(t, node, [](std::int64_t a, std::int64_t b) { return wrap(a - b); });
}
Status fold_mul(Translation& t, const Node& node) {
  return join(t, node, [](std::int64_t a, std::int64_t b) { return wrap(a * b); });
}

// Inputs: places [n] or [n, 1], the length [1], values [n] or one for all, and what fills the rest.
Status fold_sparse_to_dense(Translation& t, const Node& node) {
  const auto places = whole_numbers(t, node, 0), length = whole_numbers(t, node, 1), values = whole_numbers(t, node, 2),
             rest = whole_numbers(t, node, 3);
  const bool simple = places && length && values && rest && length->size() == 1 && rest->size() == 1 &&
                      (*length)[0] >= 0 && (*length)[0] <= static_cast<std::int32_t>(Shape::kMaxRank) &&
                      (values->size() == places->size() || values->size() == 1);
  if (!simple) return node_error(node, "is supported for constant shapes alone");
  std::vector<std::int32_t> out(static_cast<std::size_t>((*length)[0]), (*rest)[0]);
  for (std::size_t i = 0; i < places->size(); ++i) {
    const std::int32_t place = (*places)[i];
    if (place < 0 || place >= (*length)[0]) return node_error(node, "writes outside its own length");
    out[static_cast<std::size_t>(place)] = (*values)[values->size() == 1 ? 0 : i];
  }
  t.set_outputs(node, {t.keep(make_tensor<std::int32_t>(node.name, {(*length)[0]}, out))});
  return {};
}

}  // namespace

std::span<const Rule> constant_rules() {
  static constexpr Rule kRules[] = {
      {"Add", 2, fold_add},
      {"AddV2", 2, fold_add},
      {"Sub", 2, fold_sub},
      {"Mul", 2, fold_mul},
      {"SparseToDense", 4, fold_sparse_to_dense},
  };
  return kRules;
}

}  // namespace weir::tfjs
