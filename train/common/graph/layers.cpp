// SPDX-License-Identifier: Apache-2.0
// Convolutions, norms, pools and linear layers as libtorch runs them.
#include <algorithm>

#include "train/common/graph/operators.hpp"

namespace weir::train {
namespace {

using Integers = std::vector<std::int64_t>;

/// ONNX's pads: all begins, then all ends.
struct Pads {
  Integers begin, end;
  bool symmetric() const { return begin == end; }
  /// As torch::pad takes them: the last dimension first.
  Integers for_torch() const {
    Integers out;
    for (std::size_t i = begin.size(); i-- > 0;) out.insert(out.end(), {begin[i], end[i]});
    return out;
  }
};

Result<Pads> pads_of(const OnnxNode& node, const Attributes& attributes, std::size_t dims) {
  const std::string automatic = attributes.text("auto_pad", "NOTSET");
  if (automatic != "NOTSET" && automatic != "VALID") {
    return fail(Code::unsupported, "node \"" + node.label() + "\" (" + node.op + ") has auto_pad " + automatic +
                                       "; write the pads out when the model is exported");
  }
  Integers all = attributes.integers("pads", Integers(2 * dims, 0));
  if (all.size() != 2 * dims) {
    return fail(Code::unsupported, "node \"" + node.label() + "\" (" + node.op + ") has " + std::to_string(all.size()) +
                                       " pads; only two-dimensional layers are run");
  }
  const auto half = all.begin() + static_cast<std::ptrdiff_t>(dims);
  return Pads{{all.begin(), half}, {half, all.end()}};
}

/// The input of a layer, padded here where its two sides differ, and the padding that is left to the layer.
std::pair<torch::Tensor, Integers> padded(const torch::Tensor& x, const Pads& pads, double value) {
  if (pads.symmetric()) return {x, pads.begin};
  return {torch::constant_pad_nd(x, pads.for_torch(), value), Integers(pads.begin.size(), 0)};
}

Result<Operator> convolution(const OnnxNode& node, const Attributes& attributes) {
  auto pads = pads_of(node, attributes, 2);
  if (!pads) return tl::unexpected(pads.error());
  const Integers strides = attributes.integers("strides", {1, 1});
  const Integers dilations = attributes.integers("dilations", {1, 1});
  const std::int64_t groups = attributes.integer("group", 1);
  return [=, pads = *pads](const Tensors& in, bool) -> Tensors {
    const auto [x, rest] = padded(in[0], pads, 0);
    return {torch::conv2d(x, in[1], in.size() > 2 ? in[2] : torch::Tensor(), strides, rest, dilations, groups)};
  };
}

Result<Operator> transposed_convolution(const OnnxNode& node, const Attributes& attributes) {
  auto pads = pads_of(node, attributes, 2);
  if (!pads) return tl::unexpected(pads.error());
  if (!pads->symmetric() || attributes.has("output_shape")) {
    return fail(Code::unsupported, "node \"" + node.label() +
                                       "\" (ConvTranspose) has unequal pads or an output_shape; use equal pads and "
                                       "output_padding");
  }
  const Integers strides = attributes.integers("strides", {1, 1});
  const Integers dilations = attributes.integers("dilations", {1, 1});
  const Integers extra = attributes.integers("output_padding", {0, 0});
  const std::int64_t groups = attributes.integer("group", 1);
  return [=, pad = pads->begin](const Tensors& in, bool) -> Tensors {
    return {torch::conv_transpose2d(in[0], in[1], in.size() > 2 ? in[2] : torch::Tensor(), strides, pad, extra, groups,
                                    dilations)};
  };
}

Operator batch_norm(const Attributes& attributes) {
  const double epsilon = attributes.real("epsilon", 1e-5);
  const double keep = attributes.real("momentum", 0.9);
  return [=](const Tensors& in, bool training) -> Tensors {
    return {torch::batch_norm(in[0], in[1], in[2], in[3], in[4], training, 1 - keep, epsilon, false)};
  };
}

Result<Operator> pool(const OnnxNode& node, const Attributes& attributes) {
  auto pads = pads_of(node, attributes, 2);
  if (!pads) return tl::unexpected(pads.error());
  const Integers kernel = attributes.integers("kernel_shape");
  const Integers strides = attributes.integers("strides", {1, 1});
  const Integers dilations = attributes.integers("dilations", {1, 1});
  const bool ceil = attributes.integer("ceil_mode", 0) != 0;
  if (kernel.size() != 2 || node.outputs.size() > 1) {
    return fail(Code::unsupported, "node \"" + node.label() + "\" (" + node.op +
                                       ") is not two-dimensional or gives indices; neither is run");
  }
  if (node.op == "MaxPool") {
    const bool in_place = strides == Integers{1, 1} && dilations == Integers{1, 1} && !ceil && pads->symmetric();
    if (in_place && kernel[0] > 1 && kernel[1] > 1) {
      // Rows first, then columns: the same maxima for k + k comparisons in place of k * k, as detectors' wide pools
      // need.
      return [=, pad = pads->begin](const Tensors& in, bool) -> Tensors {
        const auto rows = torch::max_pool2d(in[0], {1, kernel[1]}, 1, {0, pad[1]});
        return {torch::max_pool2d(rows, {kernel[0], 1}, 1, {pad[0], 0})};
      };
    }
    return [=, pads = *pads](const Tensors& in, bool) -> Tensors {
      const auto [x, rest] = padded(in[0], pads, -std::numeric_limits<double>::infinity());
      return {torch::max_pool2d(x, kernel, strides, rest, dilations, ceil)};
    };
  }
  const bool count = attributes.integer("count_include_pad", 0) != 0;
  if (!pads->symmetric()) {
    return fail(Code::unsupported, "node \"" + node.label() + "\" (AveragePool) has unequal pads; pad it beforehand");
  }
  return [=, pad = pads->begin](const Tensors& in, bool) -> Tensors {
    return {torch::avg_pool2d(in[0], kernel, strides, pad, ceil, count)};
  };
}

Operator gemm(const Attributes& attributes) {
  const double alpha = attributes.real("alpha", 1);
  const double beta = attributes.real("beta", 1);
  const bool left = attributes.integer("transA", 0) != 0;
  const bool right = attributes.integer("transB", 0) != 0;
  return [=](const Tensors& in, bool) -> Tensors {
    torch::Tensor y = torch::matmul(left ? in[0].t() : in[0], right ? in[1].t() : in[1]);
    if (alpha != 1) y = y * alpha;
    if (in.size() > 2 && in[2].defined()) y = y + (beta == 1 ? in[2] : in[2] * beta);
    return {y};
  };
}

Operator layer_norm(const Attributes& attributes) {
  const double epsilon = attributes.real("epsilon", 1e-5);
  const std::int64_t axis = attributes.integer("axis", -1);
  return [=](const Tensors& in, bool) -> Tensors {
    const std::int64_t first = axis < 0 ? axis + in[0].dim() : axis;
    const auto shape = in[0].sizes().slice(static_cast<std::size_t>(first));
    return {torch::layer_norm(in[0], shape, in[1], in.size() > 2 ? in[2] : torch::Tensor(), epsilon)};
  };
}

Operator dropout(const Attributes& attributes) {
  const double ratio = attributes.real("ratio", 0.5);
  return [=](const Tensors& in, bool training) -> Tensors {
    const double share = in.size() > 1 && in[1].defined() ? in[1].item<double>() : ratio;
    return {torch::dropout(in[0], share, training)};
  };
}

}  // namespace

Result<Operator> make_layer(const OnnxNode& node, std::int64_t /*opset*/) {
  const Attributes attributes(node);
  if (node.op == "Conv") return convolution(node, attributes);
  if (node.op == "ConvTranspose") return transposed_convolution(node, attributes);
  if (node.op == "MaxPool" || node.op == "AveragePool") return pool(node, attributes);
  if (node.op == "BatchNormalization") return batch_norm(attributes);
  if (node.op == "LayerNormalization") return layer_norm(attributes);
  if (node.op == "Gemm") return gemm(attributes);
  if (node.op == "Dropout") return dropout(attributes);
  if (node.op == "GlobalAveragePool") {
    return [](const Tensors& in, bool) -> Tensors { return {in[0].mean({2, 3}, true)}; };
  }
  if (node.op == "GlobalMaxPool") {
    return [](const Tensors& in, bool) -> Tensors { return {in[0].amax({2, 3}, true)}; };
  }
  return Operator{};
}

}  // namespace weir::train
