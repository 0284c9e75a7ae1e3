// SPDX-License-Identifier: Apache-2.0
#include "train/slimmable/slimmable_net.hpp"

#include <algorithm>
#include <utility>

#include "elastic/fuse.hpp"
#include "elastic/split.hpp"
#include "train/slimmable/grid.hpp"

namespace weir::train {
namespace {

constexpr const char* kNorm = "BatchNormalization";

Result<OnnxNode> seam_norm(const OnnxModel& network, const std::string& seam) {
  for (const OnnxNode& node : network.nodes) {
    if (node.op == kNorm && node.outputs[0] == seam) return node;
  }
  return fail(Code::invalid, "seam \"" + seam +
                                 "\" is not the output of a BatchNormalization; cut behind one, without "
                                 "a ReLU, in a file whose norms are not fused");
}

torch::Tensor leaf(const std::vector<float>& values) {
  return torch::tensor(values, torch::kFloat).set_requires_grad(true);
}

std::vector<float> values_of(const torch::Tensor& tensor) {
  const torch::Tensor flat = tensor.detach().contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

torch::Tensor named(const NamedTensors& tensors, const std::string& name) {
  const auto found = std::ranges::find(tensors, name, &std::pair<std::string, torch::Tensor>::first);
  return found == tensors.end() ? torch::Tensor() : found->second;
}

float epsilon_of(const OnnxModel& model) {
  const auto norm = std::ranges::find(model.nodes, kNorm, &OnnxNode::op);
  const auto found = norm->attributes.find("epsilon");
  return found == norm->attributes.end() ? 1e-5F : std::get<float>(found->second);
}

void rename(OnnxModel& model, const std::string& from, const std::string& to) {
  for (OnnxNode& node : model.nodes) {
    std::ranges::replace(node.inputs, from, to);
    std::ranges::replace(node.outputs, from, to);
  }
  for (auto* values : {&model.inputs, &model.outputs}) {
    for (OnnxValue& value : *values) {
      if (value.name == from) value.name = to;
    }
  }
}

}  // namespace

Result<SlimmableNet> SlimmableNet::create(const OnnxModel& network, const std::string& seam, std::vector<Rung> rungs) {
  auto split = split_model(network, {seam});
  if (!split) return fail(split.error());
  const auto norm = seam_norm(split->head, seam);
  if (!norm) return fail(norm.error());
  auto opened = open_norms(std::move(split->tail));
  if (!opened) return fail(opened.error());
  for (OnnxNode& node : split->head.nodes) {
    if (node.op == kNorm) node.attributes["momentum"] = 0.0F;
  }
  auto head = OnnxNet::create(std::move(split->head));
  if (!head) return fail(head.error());
  const float epsilon = epsilon_of(opened->model);
  auto tail = OnnxNet::create(std::move(opened->model));
  if (!tail) return fail(tail.error());

  SlimmableNet net(std::move(*head), std::move(*tail));
  net.seam_ = seam;
  net.seam_scale_ = norm->inputs[1];
  net.seam_bias_ = norm->inputs[2];
  const torch::Tensor scale = named(net.head_.parameters(), net.seam_scale_);
  torch::Tensor bias = named(net.head_.parameters(), net.seam_bias_);
  if (!scale.defined() || !bias.defined()) {
    return fail(Code::invalid, "the norm of seam \"" + seam + "\" has a scale or bias that is no f32 constant");
  }
  net.deviation_ = scale.detach().abs().clamp_min(1e-3).clone();
  {
    // What follows subtracts its mean anyway.
    const torch::NoGradGuard no_grad;
    bias.copy_(kSeamMean * net.deviation_);
  }
  const auto setups = static_cast<std::int64_t>(rungs.size()), width = static_cast<std::int64_t>(opened->scale.size());
  net.rungs_ = std::move(rungs);
  net.mean_ = opened->mean;
  net.var_ = opened->var;
  net.epsilon_ = epsilon;
  net.scale_ = leaf(opened->scale);
  net.bias_ = leaf(opened->bias);
  net.own_scale_ = torch::zeros({setups, width}).set_requires_grad(true);
  net.own_bias_ = torch::zeros({setups, width}).set_requires_grad(true);
  return net;
}

Result<torch::Tensor> SlimmableNet::encode(const torch::Tensor& images) {
  auto values = head_.forward({images});
  if (!values) return fail(values.error());
  return (*values)[0];
}

Result<torch::Tensor> SlimmableNet::answer(const torch::Tensor& values, std::int64_t setup) {
  const Rung& rung = rungs_[static_cast<std::size_t>(setup)];
  const torch::Tensor received = receive(values, rung, unit_step(rung.bits) * deviation_);
  auto outputs = tail_.forward({received, scale(setup), bias(setup)});
  if (!outputs) return fail(outputs.error());
  return (*outputs)[0];
}

void SlimmableNet::train(bool on) {
  head_.train(on);
  tail_.train(on);
}

NamedTensors SlimmableNet::learned() const {
  NamedTensors all = head_.parameters();
  std::erase_if(all, [&](const auto& entry) { return entry.first == seam_scale_ || entry.first == seam_bias_; });
  all.insert(all.end(), tail_.parameters().begin(), tail_.parameters().end());
  all.insert(all.end(),
             {{"norm/scale", scale_}, {"norm/bias", bias_}, {"setup/scale", own_scale_}, {"setup/bias", own_bias_}});
  return all;
}

torch::Tensor SlimmableNet::common_weights() const {
  std::vector<torch::Tensor> weights;
  for (const auto& [name, tensor] : tail_.parameters()) {
    if (tensor.dim() >= 2) weights.push_back(tensor);
  }
  return weights.size() > 1 ? weights[1] : torch::Tensor();
}

torch::Tensor SlimmableNet::statistics(const std::vector<std::string>& names) const {
  std::vector<torch::Tensor> parts;
  for (const std::string& name : names) parts.push_back(named(tail_.buffers(), name));
  return torch::cat(parts);
}

Result<SwitchableSetup> SlimmableNet::folded_setup(const torch::Tensor& values, std::int64_t setup) {
  if (const auto answered = answer(values, setup); !answered) return fail(answered.error());
  const torch::Tensor factor = scale(setup) / (statistics(var_) + epsilon_).sqrt();
  const Rung& rung = rungs_[static_cast<std::size_t>(setup)];
  return SwitchableSetup{rung.name(),
                         rung.channels,
                         rung.bits,
                         0,
                         values_of(unit_step(rung.bits) * deviation_),
                         values_of(factor),
                         values_of(bias(setup) - statistics(mean_) * factor)};
}

Result<SwitchableModels> SlimmableNet::to_models(const OnnxModel& network, const torch::Tensor& images) {
  const torch::NoGradGuard no_grad;
  train(true);
  const auto values = encode(images);
  if (!values) return fail(values.error());
  SwitchableSetups list{seam_,
                        sha256_hex(encode_onnx(network)),
                        static_cast<int>(deviation_.numel()),
                        static_cast<int>(images.size(3)),
                        static_cast<int>(images.size(2)),
                        {}};
  for (std::int64_t u = 0; u < std::ssize(rungs_); ++u) {
    auto setup = folded_setup(*values, u);
    if (!setup) return fail(setup.error());
    list.setups.push_back(std::move(*setup));
  }
  auto head = fuse_branches(head_.to_onnx());
  if (!head) return fail(head.error());
  head = scale_input(std::move(*head), head->inputs[0].name, 1.0F / 255);
  if (!head) return fail(head.error());
  OnnxModel tail = fold_norms(tail_.to_onnx());
  rename(*head, seam_, kBottleneck);
  rename(tail, seam_, kBottleneck);
  return SwitchableModels{std::move(*head), std::move(tail), std::move(list)};
}

}  // namespace weir::train
