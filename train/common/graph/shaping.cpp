// SPDX-License-Identifier: Apache-2.0
// What moves values without changing them, as libtorch runs it.
#include <algorithm>
#include <limits>

#include "train/common/graph/operators.hpp"

namespace weir::train {
namespace {

using Integers = std::vector<std::int64_t>;
constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();

torch::ScalarType torch_type(std::int64_t onnx) {
  switch (onnx) {
    case 2:
      return torch::kByte;
    case 3:
      return torch::kChar;
    case 6:
      return torch::kInt;
    case 7:
      return torch::kLong;
    case 9:
      return torch::kBool;
    default:
      return torch::kFloat;
  }
}

/// An input that newer opsets take as a tensor and older ones as an attribute.
Integers integers_from(const Tensors& in, std::size_t index, const Integers& attribute) {
  return in.size() > index && in[index].defined() ? integers_of(in[index]) : attribute;
}

Operator reshape(const Attributes& attributes) {
  const bool zero_stays = attributes.integer("allowzero", 0) != 0;
  return [=](const Tensors& in, bool) -> Tensors {
    Integers shape = integers_of(in[1]);
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (shape[i] == 0 && !zero_stays) shape[i] = in[0].size(static_cast<std::int64_t>(i));
    }
    return {in[0].reshape(shape)};
  };
}

Operator slice(const Attributes& attributes) {
  const Integers starts = attributes.integers("starts");
  const Integers ends = attributes.integers("ends");
  const Integers axes = attributes.integers("axes");
  return [=](const Tensors& in, bool) -> Tensors {
    const Integers from = integers_from(in, 1, starts);
    const Integers to = integers_from(in, 2, ends);
    const Integers along = integers_from(in, 3, axes);
    const Integers steps = integers_from(in, 4, {});
    torch::Tensor out = in[0];
    for (std::size_t i = 0; i < from.size(); ++i) {
      const std::int64_t axis = along.empty() ? static_cast<std::int64_t>(i) : along[i];
      const std::int64_t step = steps.empty() ? 1 : steps[i];
      TORCH_CHECK(step > 0, "a slice with step ", step, " is not run");
      out = out.slice(axis, from[i], to[i], step);
    }
    return {out};
  };
}

Operator split(const Attributes& attributes, std::size_t outputs) {
  const Integers sizes = attributes.integers("split");
  const std::int64_t axis = attributes.integer("axis", 0);
  return [=](const Tensors& in, bool) -> Tensors {
    const Integers parts = integers_from(in, 1, sizes);
    if (!parts.empty()) return torch::split_with_sizes(in[0], parts, axis);
    return torch::chunk(in[0], static_cast<std::int64_t>(outputs), axis);
  };
}

Operator pad(const Attributes& attributes) {
  const std::string mode = attributes.text("mode", "constant");
  const Integers fixed = attributes.integers("pads");
  const double value = attributes.real("value", 0);
  return [=](const Tensors& in, bool) -> Tensors {
    TORCH_CHECK(in.size() < 4 || !in[3].defined(), "pads of some axes alone are not run");
    const Integers pads = integers_from(in, 1, fixed);
    const std::size_t rank = pads.size() / 2;
    const bool only_size = mode != "constant";
    Integers turned;
    for (std::size_t i = rank; i-- > (only_size && rank > 2 ? 2U : 0U);) {
      turned.insert(turned.end(), {pads[i], pads[i + rank]});
    }
    if (mode == "reflect") return {torch::reflection_pad2d(in[0], turned)};
    if (mode == "edge") return {torch::replication_pad2d(in[0], turned)};
    const double fill = in.size() > 2 && in[2].defined() ? in[2].item<double>() : value;
    return {torch::constant_pad_nd(in[0], turned, fill)};
  };
}

Operator gather(const Attributes& attributes) {
  const std::int64_t axis = attributes.integer("axis", 0);
  return [=](const Tensors& in, bool) -> Tensors {
    const std::int64_t dim = axis < 0 ? axis + in[0].dim() : axis;
    torch::Tensor index = in[1].to(torch::kLong);
    index = torch::where(index < 0, index + in[0].size(dim), index);
    Integers shape(in[0].sizes().begin(), in[0].sizes().begin() + dim);
    shape.insert(shape.end(), index.sizes().begin(), index.sizes().end());
    shape.insert(shape.end(), in[0].sizes().begin() + dim + 1, in[0].sizes().end());
    return {in[0].index_select(dim, index.flatten()).reshape(shape)};
  };
}

Operator squeeze(const OnnxNode& node, const Attributes& attributes) {
  const Integers fixed = attributes.integers("axes");
  const bool add = node.op == "Unsqueeze";
  return [=](const Tensors& in, bool) -> Tensors {
    Integers axes = integers_from(in, 1, fixed);
    if (!add && axes.empty()) return {in[0].squeeze()};
    const std::int64_t rank = in[0].dim() + (add ? static_cast<std::int64_t>(axes.size()) : 0);
    for (std::int64_t& axis : axes) axis += axis < 0 ? rank : 0;
    std::ranges::sort(axes);
    if (!add) std::ranges::reverse(axes);
    torch::Tensor out = in[0];
    for (const std::int64_t axis : axes) out = add ? out.unsqueeze(axis) : out.squeeze(axis);
    return {out};
  };
}

Operator constant(const Attributes& attributes) {
  torch::Tensor value;
  if (const OnnxTensor* tensor = attributes.tensor("value")) value = to_torch(*tensor);
  if (attributes.has("value_float")) value = torch::tensor(attributes.real("value_float", 0), torch::kFloat);
  if (attributes.has("value_int")) value = torch::tensor(attributes.integer("value_int", 0), torch::kLong);
  if (attributes.has("value_ints")) value = torch::tensor(attributes.integers("value_ints"), torch::kLong);
  return [value](const Tensors&, bool) -> Tensors { return {value}; };
}

Operator flatten(const Attributes& attributes) {
  const std::int64_t axis = attributes.integer("axis", 1);
  return [=](const Tensors& in, bool) -> Tensors {
    const std::int64_t at = axis < 0 ? axis + in[0].dim() : axis;
    std::int64_t rows = 1;
    for (std::int64_t i = 0; i < at; ++i) rows *= in[0].size(i);
    return {in[0].reshape({rows, -1})};
  };
}

Operator transpose(const Attributes& attributes) {
  const Integers order = attributes.integers("perm");
  return [=](const Tensors& in, bool) -> Tensors {
    if (!order.empty()) return {in[0].permute(order)};
    Integers turned;
    for (std::int64_t i = in[0].dim(); i-- > 0;) turned.push_back(i);
    return {in[0].permute(turned)};
  };
}

Operator depth_to_space(const Attributes& attributes) {
  const std::int64_t block = attributes.integer("blocksize", 2);
  const bool crd = attributes.text("mode", "DCR") == "CRD";
  return [=](const Tensors& in, bool) -> Tensors {
    if (crd) return {torch::pixel_shuffle(in[0], block)};
    const std::int64_t n = in[0].size(0), c = in[0].size(1), h = in[0].size(2), w = in[0].size(3);
    const torch::Tensor parts = in[0].reshape({n, block, block, c / (block * block), h, w}).permute({0, 3, 4, 1, 5, 2});
    return {parts.reshape({n, c / (block * block), h * block, w * block})};
  };
}

}  // namespace

Result<Operator> make_shaping(const OnnxNode& node, std::int64_t /*opset*/) {
  const Attributes attributes(node);
  if (node.op == "Reshape") return reshape(attributes);
  if (node.op == "Flatten") return flatten(attributes);
  if (node.op == "Transpose") return transpose(attributes);
  if (node.op == "Concat") {
    return
        [axis = attributes.integer("axis", 1)](const Tensors& in, bool) -> Tensors { return {torch::cat(in, axis)}; };
  }
  if (node.op == "Slice") return slice(attributes);
  if (node.op == "Split") return split(attributes, node.outputs.size());
  if (node.op == "Pad") return pad(attributes);
  if (node.op == "Resize" || node.op == "Upsample") return make_resize(node);
  if (node.op == "Gather") return gather(attributes);
  if (node.op == "Squeeze" || node.op == "Unsqueeze") return squeeze(node, attributes);
  if (node.op == "Constant") return constant(attributes);
  if (node.op == "DepthToSpace") return depth_to_space(attributes);
  if (node.op == "Shape") {
    return [first = attributes.integer("start", 0), last = attributes.integer("end", kLast)](const Tensors& in,
                                                                                             bool) -> Tensors {
      const torch::Tensor sizes = torch::tensor(Integers(in[0].sizes().begin(), in[0].sizes().end()), torch::kLong);
      return {sizes.slice(0, first, last)};
    };
  }
  if (node.op == "Cast") {
    return [type = torch_type(attributes.integer("to", 1))](const Tensors& in, bool) -> Tensors {
      return {in[0].to(type)};
    };
  }
  if (node.op == "Expand") {
    return
        [](const Tensors& in, bool) -> Tensors { return {in[0] * torch::ones(integers_of(in[1]), in[0].options())}; };
  }
  return Operator{};
}

}  // namespace weir::train
