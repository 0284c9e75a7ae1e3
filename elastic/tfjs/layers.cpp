// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "elastic/tfjs/rules.hpp"

namespace weir::tfjs {
namespace {

// Padding with this or less is padding with nothing for a maximum: f16's lowest value.
constexpr float kLowest = -65504.0F;

// The spatial part of a convolution or pooling window, rows then columns.
struct Window {
  std::int64_t size[2]{};
  std::int64_t stride[2]{1, 1};
  std::int64_t dilation[2]{1, 1};
  std::int64_t before[2]{};
  std::int64_t after[2]{};
};

const Attribute* attribute(const Node& node, const std::string& name) {
  const auto found = node.attributes.find(name);
  return found == node.attributes.end() ? nullptr : &found->second;
}

Status check_format(const Node& node, const Value& in) {
  const Attribute* format = attribute(node, "data_format");
  if (format != nullptr && !format->text.empty() && format->text != "NHWC") {
    return node_error(node, "has data_format " + format->text + "; only NHWC is supported");
  }
  if (in.shape.rank() != 4) return node_error(node, "has an input of " + in.shape.text() + "; it needs 4 axes");
  return {};
}

// The two spatial entries of a list over N, H, W, C.
Status read_spatial(const Node& node, const std::string& name, std::int64_t (&out)[2]) {
  const Attribute* list = attribute(node, name);
  if (list == nullptr || list->integers.empty()) return {};
  const auto& all = list->integers;
  if (all.size() != 4 || all[0] != 1 || all[3] != 1 || all[1] < 1 || all[2] < 1 || all[1] > 4096 || all[2] > 4096) {
    return node_error(node, "has an attribute \"" + name + "\" that is not 1 for batch and channels");
  }
  out[0] = all[1];
  out[1] = all[2];
  return {};
}

// TensorFlow's SAME: the output has ceil(input / stride), an odd padding pixel goes after.
Status add_padding(Translation& t, const Node& node, const Shape& in, Window& w) {
  const Attribute* padding = attribute(node, "padding");
  const std::string kind = padding == nullptr ? "VALID" : padding->text;
  if (kind == "VALID") return {};
  if (kind == "EXPLICIT") {
    const Attribute* list = attribute(node, "explicit_paddings");
    if (list == nullptr || list->integers.size() != 8) return node_error(node, "lacks explicit_paddings");
    for (std::size_t i = 0; i < 2; ++i) {
      w.before[i] += list->integers[2 + 2 * i];
      w.after[i] += list->integers[3 + 2 * i];
    }
    return {};
  }
  if (kind != "SAME") return node_error(node, "has the padding \"" + kind + "\"; supported are VALID, SAME, EXPLICIT");
  for (std::size_t i = 0; i < 2; ++i) {
    const std::int64_t extent = in[i + 1], reach = (w.size[i] - 1) * w.dilation[i] + 1;
    const std::int64_t out = (extent + w.stride[i] - 1) / w.stride[i];
    const std::int64_t total = std::max<std::int64_t>((out - 1) * w.stride[i] + reach - extent, 0);
    if (extent % w.stride[i] != 0) t.fix_size();
    w.before[i] += total / 2;
    w.after[i] += total - total / 2;
  }
  return {};
}

// Takes a padding over that waits at the input, if it is spatial and has the layer's own filling.
Value take_padding(const Value& in, bool fits, Window& w) {
  if (!fits || in.padding.size() != 4 || in.padding[0] != Padding{} || in.padding[3] != Padding{}) return in;
  Value bare = in;
  for (std::size_t i = 0; i < 2; ++i) {
    w.before[i] += in.padding[i + 1].first;
    w.after[i] += in.padding[i + 1].second;
    bare.shape[i + 1] -= in.padding[i + 1].first + in.padding[i + 1].second;
  }
  bare.padding.clear();
  return bare;
}

Result<Shape> windowed(const Node& node, const Shape& in, const Window& w, std::int64_t channels) {
  Shape out{in[0], 0, 0, channels};
  for (std::size_t i = 0; i < 2; ++i) {
    const std::int64_t room = in[i + 1] + w.before[i] + w.after[i] - ((w.size[i] - 1) * w.dilation[i] + 1);
    if (room < 0) return fail(Code::unsupported, node.label() + " has a window larger than its input of " + in.text());
    out[i + 1] = room / w.stride[i] + 1;
  }
  return out;
}

std::map<std::string, OnnxAttribute> window_attributes(const Window& w) {
  using List = std::vector<std::int64_t>;
  return {{"kernel_shape", List{w.size[0], w.size[1]}},
          {"strides", List{w.stride[0], w.stride[1]}},
          {"pads", List{w.before[0], w.before[1], w.after[0], w.after[1]}}};
}

// What a fused node does after the convolution: bias, activation.
Status add_fused(Translation& t, const Node& node, int convolution, Value out) {
  const Attribute* fused = attribute(node, "fused_ops");
  std::size_t next = 2;
  for (const std::string& op : fused == nullptr ? std::vector<std::string>{} : fused->texts) {
    if (op == "BiasAdd") {
      if (node.inputs.size() <= next || t.input(node, next).constant == nullptr ||
          t.input(node, next).constant->as<float>().size() != static_cast<std::size_t>(out.shape[3])) {
        return node_error(node, "has no constant bias of " + std::to_string(out.shape[3]) + " values");
      }
      OnnxTensor bias = *t.input(node, next++).constant;
      bias.shape = {out.shape[3]};
      t.onnx_node(convolution).inputs.push_back(t.add_initialiser(std::move(bias)));
      out.biasless = -1;
      continue;
    }
    const Attribute* alpha = attribute(node, "leakyrelu_alpha");
    auto activated = activate(t, node, op, alpha == nullptr ? 0.2 : alpha->real, std::move(out));
    if (!activated) return activated.error();
    out = std::move(*activated);
  }
  t.set_outputs(node, {std::move(out)});
  return {};
}

// TensorFlow's weights [rows, columns, inputs, outputs] as ONNX has them; a depthwise layer has [.., inputs, times] and
// its output channels go through `times` first.
OnnxTensor onnx_weights(const OnnxTensor& filter, bool depthwise) {
  OnnxTensor weights = permuted(filter, depthwise ? AxisOrder{2, 3, 0, 1} : AxisOrder{3, 2, 0, 1});
  if (depthwise) weights.shape = {filter.shape[2] * filter.shape[3], 1, filter.shape[0], filter.shape[1]};
  return weights;
}

Status convolve(Translation& t, const Node& node, bool depthwise) {
  if (Status s = check_format(node, t.input(node, 0)); !s) return s;
  const OnnxTensor* filter = t.input(node, 1).constant;
  if (filter == nullptr || filter->dtype != DType::f32 || filter->shape.rank() != 4 || filter->shape.elements() == 0) {
    return node_error(node, "has no constant f32 weights of 4 axes");
  }
  Window w;
  w.size[0] = filter->shape[0];
  w.size[1] = filter->shape[1];
  Status s = read_spatial(node, "strides", w.stride);
  if (s) s = read_spatial(node, "dilations", w.dilation);
  if (s) s = add_padding(t, node, t.input(node, 0).shape, w);
  if (!s) return s;
  const Value in = take_padding(t.input(node, 0), t.input(node, 0).padding_value == 0, w);
  const std::int64_t inputs = in.shape[3], per_group = depthwise ? 1 : filter->shape[2];
  if (depthwise ? inputs != filter->shape[2] : inputs % per_group != 0) {
    return node_error(node, "has weights of " + filter->shape.text() + " for an input of " + in.shape.text());
  }
  const auto shape = windowed(node, in.shape, w, depthwise ? filter->shape[2] * filter->shape[3] : filter->shape[3]);
  if (!shape) return shape.error();
  auto attributes = window_attributes(w);
  attributes["dilations"] = std::vector<std::int64_t>{w.dilation[0], w.dilation[1]};
  attributes["group"] = inputs / per_group;
  OnnxTensor weights = onnx_weights(*filter, depthwise);
  weights.name = node.name + "/weights";
  const int done = t.add_node(node.name, "Conv",
                              {t.stored(in, channels_first()), t.add_initialiser(std::move(weights))}, attributes);
  return add_fused(t, node, done,
                   {.name = t.output_of(done), .shape = *shape, .order = channels_first(), .biasless = done});
}

Status translate_convolution(Translation& t, const Node& node) { return convolve(t, node, false); }
Status translate_depthwise(Translation& t, const Node& node) { return convolve(t, node, true); }

Status translate_pool(Translation& t, const Node& node) {
  if (Status s = check_format(node, t.input(node, 0)); !s) return s;
  Window w;
  w.size[0] = w.size[1] = 1;
  Status s = read_spatial(node, "ksize", w.size);
  if (s) s = read_spatial(node, "strides", w.stride);
  if (s) s = add_padding(t, node, t.input(node, 0).shape, w);
  if (!s) return s;
  const bool largest = node.op == "MaxPool";
  const Value in = take_padding(t.input(node, 0), largest && t.input(node, 0).padding_value <= kLowest, w);
  const auto shape = windowed(node, in.shape, w, in.shape[3]);
  if (!shape) return shape.error();
  const int done = t.add_node(node.name, largest ? "MaxPool" : "AveragePool", {t.stored(in, channels_first())},
                              window_attributes(w));
  t.set_outputs(node, {{.name = t.output_of(done), .shape = *shape, .order = channels_first()}});
  return {};
}

// The factor from `in` to `out`, if it holds at other sizes too: whole, or one over a whole number.
float plain_scale(std::int64_t in, std::int64_t out) {
  if (in <= 0 || (out % in != 0 && in % out != 0)) return 0;
  return static_cast<float>(out) / static_cast<float>(in);
}

std::map<std::string, OnnxAttribute> resize_attributes(const Node& node, bool linear) {
  const auto flag = [&](const char* name) { return attribute(node, name) != nullptr && attribute(node, name)->flag; };
  const bool corners = flag("align_corners"), half = flag("half_pixel_centers");
  const std::string places = corners ? "align_corners" : (half ? "half_pixel" : "asymmetric");
  std::map<std::string, OnnxAttribute> out{{"mode", std::string(linear ? "linear" : "nearest")},
                                           {"coordinate_transformation_mode", places}};
  if (!linear) out["nearest_mode"] = std::string(corners || half ? "round_prefer_ceil" : "floor");
  return out;
}

Status translate_resize(Translation& t, const Node& node) {
  const Value& in = t.input(node, 0);
  if (Status s = check_format(node, in); !s) return s;
  const auto size = t.integers(node, 1);
  if (!size) return size.error();
  if (size->size() != 2 || (*size)[0] < 1 || (*size)[1] < 1) return node_error(node, "has no size of two extents");
  const Shape out{in.shape[0], (*size)[0], (*size)[1], in.shape[3]};
  const float rows = plain_scale(in.shape[1], out[1]), columns = plain_scale(in.shape[2], out[2]);
  const std::vector<float> none;
  std::vector<std::string> inputs{t.stored(in, channels_first()),
                                  t.add_initialiser(make_tensor<float>(node.name + "/roi", {0}, none))};
  if (rows > 0 && columns > 0) {
    const std::vector<float> scales{1, 1, rows, columns};
    inputs.push_back(t.add_initialiser(make_tensor<float>(node.name + "/scales", {4}, scales)));
  } else {
    t.fix_size();
    const std::vector<std::int64_t> sizes{out[0], out[3], out[1], out[2]};
    inputs.push_back(t.add_initialiser(make_tensor<float>(node.name + "/scales", {0}, none)));
    inputs.push_back(t.add_initialiser(make_tensor<std::int64_t>(node.name + "/sizes", {4}, sizes)));
  }
  const int done =
      t.add_node(node.name, "Resize", std::move(inputs), resize_attributes(node, node.op == "ResizeBilinear"));
  t.set_outputs(node, {{.name = t.output_of(done), .shape = out, .order = channels_first()}});
  return {};
}

}  // namespace

std::span<const Rule> layer_rules() {
  static constexpr Rule kRules[] = {
      {"Conv2D", 2, translate_convolution},
      {"_FusedConv2D", 2, translate_convolution},
      {"DepthwiseConv2dNative", 2, translate_depthwise},
      {"FusedDepthwiseConv2dNative", 2, translate_depthwise},
      {"MaxPool", 1, translate_pool},
      {"AvgPool", 1, translate_pool},
      {"ResizeBilinear", 2, translate_resize},
      {"ResizeNearestNeighbor", 2, translate_resize},
  };
  return kRules;
}

}  // namespace weir::tfjs
