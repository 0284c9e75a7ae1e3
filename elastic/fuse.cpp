// SPDX-License-Identifier: Apache-2.0
#include "elastic/fuse.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <set>
#include <unordered_map>

namespace weir {
namespace {

using Integers = std::vector<std::int64_t>;

/// A convolution with equal stride both ways and "same" padding, with its values at hand.
struct Kernel {
  std::string x;
  std::int64_t size = 1, stride = 1, groups = 1, out = 0, in = 0;  ///< in: per group
  std::vector<float> weight, bias;
  bool identity = false;           ///< only the value itself or its norm: no convolution took part yet
  std::vector<std::size_t> nodes;  ///< what it replaces

  /// The same convolution over a larger window.
  void widen(std::int64_t size_wanted) {
    if (size == size_wanted) return;
    const std::int64_t margin = (size_wanted - size) / 2;
    std::vector<float> wide(static_cast<std::size_t>(out * in * size_wanted * size_wanted), 0.F);
    for (std::int64_t k = 0; k < out * in; ++k) {
      for (std::int64_t y = 0; y < size; ++y) {
        for (std::int64_t x_at = 0; x_at < size; ++x_at) {
          wide[static_cast<std::size_t>((k * size_wanted + y + margin) * size_wanted + x_at + margin)] =
              weight[static_cast<std::size_t>((k * size + y) * size + x_at)];
        }
      }
    }
    weight = std::move(wide);
    size = size_wanted;
  }
};

class Fuser {
 public:
  explicit Fuser(OnnxModel& model) : model_(model) {
    for (std::size_t i = 0; i < model.nodes.size(); ++i) {
      for (const std::string& name : model.nodes[i].outputs) producer_[name] = i;
      for (const std::string& name : model.nodes[i].inputs) ++readers_[name];
    }
    for (const OnnxValue& output : model.outputs) readers_[output.name] += 2;  // an output must stay
    for (std::size_t i = 0; i < model.initialisers.size(); ++i) constant_[model.initialisers[i].name] = i;
  }

  Status run() {
    std::set<std::size_t> gone;
    for (std::size_t i = model_.nodes.size(); i-- > 0;) {
      const std::string op = model_.nodes[i].op;
      if (gone.contains(i) || (op != "Add" && op != "BatchNormalization")) continue;
      const std::optional<Kernel> kernel = linear(model_.nodes[i].outputs[0]);
      if (!kernel || kernel->identity) continue;
      for (const std::size_t node : kernel->nodes) {
        if (node != i) gone.insert(node);
      }
      replace(i, *kernel);
    }
    if (not_float_) return {Code::invalid, "constant \"" + *not_float_ + "\" is not f32; convert the model first"};
    std::vector<OnnxNode> kept;
    for (std::size_t i = 0; i < model_.nodes.size(); ++i) {
      if (!gone.contains(i)) kept.push_back(std::move(model_.nodes[i]));
    }
    model_.nodes = std::move(kept);
    drop_unread();
    return {};
  }

 private:
  /// What computes `name`, as one convolution; empty when it is something else.
  std::optional<Kernel> linear(const std::string& name) {
    const auto found = producer_.find(name);
    if (found == producer_.end()) return {};
    const OnnxNode& node = model_.nodes[found->second];
    if (node.op == "Conv") return convolution(found->second);
    if (node.op == "BatchNormalization") return norm(found->second);
    if (node.op == "Add" && node.inputs.size() == 2) return sum(found->second);
    return {};
  }

  std::optional<Kernel> convolution(std::size_t index) {
    const OnnxNode& node = model_.nodes[index];
    const OnnxTensor* weight = node.inputs.size() > 1 ? constant(node.inputs[1]) : nullptr;
    if (weight == nullptr || weight->shape.rank() != 4 || weight->shape[2] != weight->shape[3]) return {};
    const std::int64_t size = weight->shape[2];
    const Integers strides = integers(node, "strides", {1, 1});
    const Integers dilations = integers(node, "dilations", {1, 1});
    const Integers pads = integers(node, "pads", {0, 0, 0, 0});
    const bool same =
        size % 2 == 1 && pads.size() == 4 && std::ranges::all_of(pads, [&](auto p) { return p == size / 2; });
    if (!same || strides[0] != strides[1] || dilations != Integers{1, 1} || node.attributes.contains("auto_pad"))
      return {};
    Kernel kernel{node.inputs[0], size, strides[0], 1, weight->shape[0], weight->shape[1], {}, {}, false, {index}};
    if (const auto group = node.attributes.find("group"); group != node.attributes.end()) {
      kernel.groups = std::get<std::int64_t>(group->second);
    }
    kernel.weight = values(*weight);
    kernel.bias.assign(static_cast<std::size_t>(kernel.out), 0.F);
    if (node.inputs.size() > 2 && !node.inputs[2].empty()) {
      const OnnxTensor* bias = constant(node.inputs[2]);
      if (bias == nullptr) return {};
      kernel.bias = values(*bias);
    }
    if (kernel.weight.empty() || kernel.bias.empty()) return {};
    return kernel;
  }

  std::optional<Kernel> norm(std::size_t index) {
    const OnnxNode& node = model_.nodes[index];
    if (node.inputs.size() != 5 || node.outputs.size() != 1) return {};
    std::array<std::vector<float>, 4> parts;
    for (std::size_t i = 0; i < 4; ++i) {
      const OnnxTensor* part = constant(node.inputs[i + 1]);
      if (part == nullptr) return {};
      parts[i] = values(*part);
      if (parts[i].empty()) return {};
    }
    const auto& [scale, shift, mean, variance] = parts;
    const auto epsilon_at = node.attributes.find("epsilon");
    const double epsilon = epsilon_at == node.attributes.end() ? 1e-5 : std::get<float>(epsilon_at->second);
    std::optional<Kernel> kernel;
    if (readers_[node.inputs[0]] == 1) {
      const auto before = producer_.find(node.inputs[0]);
      if (before != producer_.end() && model_.nodes[before->second].op == "Conv") kernel = convolution(before->second);
    }
    if (!kernel) kernel = identity(node.inputs[0], static_cast<std::int64_t>(scale.size()));
    for (std::size_t o = 0; o < scale.size(); ++o) {
      const double factor = scale[o] / std::sqrt(static_cast<double>(variance[o]) + epsilon);
      const std::size_t per_output = kernel->weight.size() / scale.size();
      for (std::size_t k = o * per_output; k < (o + 1) * per_output; ++k) {
        kernel->weight[k] = static_cast<float>(kernel->weight[k] * factor);
      }
      kernel->bias[o] = static_cast<float>((kernel->bias[o] - mean[o]) * factor + shift[o]);
    }
    kernel->nodes.push_back(index);
    return kernel;
  }

  std::optional<Kernel> sum(std::size_t index) {
    const OnnxNode& node = model_.nodes[index];
    std::array<std::optional<Kernel>, 2> side;
    for (std::size_t i = 0; i < 2; ++i) {
      if (readers_[node.inputs[i]] == 1) side[i] = linear(node.inputs[i]);
    }
    // A branch may be the summed value itself: it is read here, and by the other branch.
    for (std::size_t i = 0; i < 2; ++i) {
      if (!side[i] && side[1 - i] && side[1 - i]->x == node.inputs[i])
        side[i] = identity(node.inputs[i], side[1 - i]->out);
    }
    if (!side[0] || !side[1]) return {};
    Kernel& a = *side[0];
    Kernel& b = *side[1];
    if (a.identity && !b.identity) std::swap(a, b);
    if (b.identity && !a.identity) b = spread(b, a);
    if (a.x != b.x || a.stride != b.stride || a.groups != b.groups || a.out != b.out || a.in != b.in) return {};
    const std::int64_t size = std::max(a.size, b.size);
    a.widen(size);
    b.widen(size);
    for (std::size_t k = 0; k < a.weight.size(); ++k) a.weight[k] += b.weight[k];
    for (std::size_t o = 0; o < a.bias.size(); ++o) a.bias[o] += b.bias[o];
    a.identity = a.identity && b.identity;
    a.nodes.insert(a.nodes.end(), b.nodes.begin(), b.nodes.end());
    a.nodes.push_back(index);
    return a;
  }

  /// The value itself as a convolution in as many groups as it has channels.
  static Kernel identity(const std::string& x, std::int64_t channels) {
    const auto n = static_cast<std::size_t>(channels);
    return {x, 1, 1, channels, channels, 1, std::vector<float>(n, 1.F), std::vector<float>(n, 0.F), true, {}};
  }

  /// An identity kernel in the groups of another one; unchanged where that has other channels.
  static Kernel spread(const Kernel& from, const Kernel& like) {
    if (like.out != from.out || like.in * like.groups != from.out || like.stride != 1) return from;
    Kernel to = from;
    to.groups = like.groups;
    to.in = like.in;
    to.weight.assign(static_cast<std::size_t>(to.out * to.in), 0.F);
    for (std::int64_t o = 0; o < to.out; ++o) {
      const std::int64_t in_group = o % to.in;  // output o of a group of `in` inputs and as many outputs
      to.weight[static_cast<std::size_t>(o * to.in + in_group)] = from.weight[static_cast<std::size_t>(o)];
    }
    return to;
  }

  void replace(std::size_t index, const Kernel& kernel) {
    OnnxNode& node = model_.nodes[index];
    const std::string name = node.outputs[0];
    const OnnxNode conv{node.name,
                        "Conv",
                        "",
                        {kernel.x, name + ".fused_weight", name + ".fused_bias"},
                        {name},
                        {{"kernel_shape", Integers{kernel.size, kernel.size}},
                         {"strides", Integers{kernel.stride, kernel.stride}},
                         {"pads", Integers(4, kernel.size / 2)},
                         {"dilations", Integers{1, 1}},
                         {"group", kernel.groups}}};
    node = conv;
    const Shape shape{kernel.out, kernel.in, kernel.size, kernel.size};
    model_.initialisers.push_back(make_tensor<float>(conv.inputs[1], shape, kernel.weight));
    model_.initialisers.push_back(make_tensor<float>(conv.inputs[2], {kernel.out}, kernel.bias));
  }

  void drop_unread() {
    std::set<std::string> read;
    for (const OnnxNode& node : model_.nodes) read.insert(node.inputs.begin(), node.inputs.end());
    for (const OnnxValue& output : model_.outputs) read.insert(output.name);
    std::erase_if(model_.initialisers, [&](const OnnxTensor& t) { return !read.contains(t.name); });
  }

  const OnnxTensor* constant(const std::string& name) const {
    const auto found = constant_.find(name);
    return found == constant_.end() ? nullptr : &model_.initialisers[found->second];
  }

  std::vector<float> values(const OnnxTensor& tensor) {
    const auto span = tensor.as<float>();
    if (span.empty()) not_float_ = tensor.name;
    return {span.begin(), span.end()};
  }

  static Integers integers(const OnnxNode& node, const char* name, Integers otherwise) {
    const auto found = node.attributes.find(name);
    return found == node.attributes.end() ? otherwise : std::get<Integers>(found->second);
  }

  OnnxModel& model_;
  std::unordered_map<std::string, std::size_t> producer_, constant_;
  std::unordered_map<std::string, int> readers_;
  std::optional<std::string> not_float_;
};

}  // namespace

Result<OnnxModel> fuse_branches(OnnxModel model) {
  if (Status done = Fuser(model).run(); !done) return tl::unexpected(done.error());
  return model;
}

Result<OnnxModel> scale_input(OnnxModel model, const std::string& input, float factor) {
  const auto reads = [&](const OnnxNode& node) { return std::ranges::find(node.inputs, input) != node.inputs.end(); };
  std::set<std::string> others, scaled;  // constants that something else reads, and those done
  for (const OnnxNode& node : model.nodes) {
    if (!reads(node)) others.insert(node.inputs.begin(), node.inputs.end());
  }
  for (OnnxNode& node : model.nodes) {
    if (!reads(node)) continue;
    const auto weight = node.op == "Conv" && node.inputs[0] == input
                            ? std::ranges::find(model.initialisers, node.inputs[1], &OnnxTensor::name)
                            : model.initialisers.end();
    if (weight == model.initialisers.end() || weight->dtype != DType::f32) {
      return fail(Code::unsupported, "input \"" + input + "\" is read by node \"" + node.label() + "\" (" + node.op +
                                         "); only f32 convolutions can take its scale");
    }
    const std::string name = others.contains(weight->name) ? weight->name + ".scaled" : weight->name;
    node.inputs[1] = name;
    if (!scaled.insert(name).second) continue;
    std::vector<float> values(weight->as<float>().begin(), weight->as<float>().end());
    for (float& value : values) value *= factor;
    OnnxTensor product = make_tensor<float>(name, weight->shape, values);
    if (name == weight->name) {
      *weight = std::move(product);
    } else {
      model.initialisers.push_back(std::move(product));
    }
  }
  return model;
}

}  // namespace weir
