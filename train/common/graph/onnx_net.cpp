// SPDX-License-Identifier: Apache-2.0
#include "train/common/graph/onnx_net.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "elastic/half_weights.hpp"
#include "train/common/graph/operators.hpp"

namespace weir::train {
namespace {

/// One node of the graph with its values as indices into a table.
struct Step {
  Operator run;
  std::vector<int> inputs;  ///< -1: left out
  std::vector<int> outputs;
  int node = 0;  ///< index into the model's nodes
};

/// Which of a node's inputs are trained: [first, last). Convolutions and linear layers learn all but their data.
std::pair<std::size_t, std::size_t> trained_inputs(const OnnxNode& node) {
  if (node.op == "Conv" || node.op == "ConvTranspose" || node.op == "Gemm" || node.op == "LayerNormalization") {
    return {1, 3};
  }
  if (node.op == "BatchNormalization") return {1, 3};
  if (node.op == "MatMul" || node.op == "PRelu") return {1, 2};
  return {0, 0};
}

/// The last line of a libtorch message says what did not fit; the rest is its stack.
std::string first_line(const char* text) {
  const std::string_view all(text);
  return std::string(all.substr(0, std::min(all.find('\n'), std::size_t{300})));
}

/// How many inputs a node cannot do without.
std::size_t least_inputs(const std::string& op) {
  static const std::set<std::string, std::less<>> kTwo{
      "Conv",    "ConvTranspose", "Gemm",   "MatMul",  "LayerNormalization", "Add", "Sub", "Mul", "Div", "Pow", "PRelu",
      "Reshape", "Gather",        "Expand", "Upsample"};
  if (op == "BatchNormalization") return 5;
  return op == "Constant" ? 0 : kTwo.contains(op) ? 2 : 1;
}

/// Every value must be computed before it is read.
Status check_inputs(const OnnxModel& model) {
  std::set<std::string> known;
  for (const OnnxValue& input : model.inputs) known.insert(input.name);
  for (const OnnxTensor& constant : model.initialisers) known.insert(constant.name);
  for (const OnnxNode& node : model.nodes) {
    const std::size_t least = least_inputs(node.op);
    for (std::size_t i = 0; i < std::max(least, node.inputs.size()); ++i) {
      const std::string name = i < node.inputs.size() ? node.inputs[i] : "";
      if (known.contains(name) || (name.empty() && i >= least)) continue;
      return {Code::corrupt, "node \"" + node.label() + "\" (" + node.op + ") reads " +
                                 (name.empty() ? "no input " + std::to_string(i) : "\"" + name + "\"") +
                                 ", which nothing before it computes; export the model again"};
    }
    known.insert(node.outputs.begin(), node.outputs.end());
    known.erase("");
  }
  return {};
}

Result<Operator> make_operator(const OnnxNode& node, std::int64_t opset) {
  for (const auto& make : {make_layer, make_math, make_shaping}) {
    auto made = make(node, opset);
    if (!made || *made) return made;
  }
  return fail(Code::unsupported, "node \"" + node.label() + "\" is a " + node.op +
                                     ", which the training programs cannot run; replace it before the export");
}

}  // namespace

struct OnnxNet::Impl {
  OnnxModel model;
  std::vector<Step> steps;
  std::unordered_map<std::string, int> slots;  ///< value name -> index
  std::vector<torch::Tensor> constants;        ///< by slot; undefined for what is computed
  NamedTensors parameters;
  NamedTensors buffers;
  bool training = false;

  void fuse_silu();
  int slot(const std::string& name) {
    if (name.empty()) return -1;
    return slots.try_emplace(name, static_cast<int>(slots.size())).first->second;
  }

  void sort_constants();
  std::vector<char> needed(const std::vector<int>& wanted) const;
  std::vector<int> last_uses(const std::vector<char>& run, const std::vector<int>& wanted) const;
};

/// x * sigmoid(x) as one operator, which saves half of its passes over memory, forward and backward. The sigmoid stays
/// a step of its own, run only where something else reads it.
void OnnxNet::Impl::fuse_silu() {
  std::unordered_map<int, int> sigmoid_of;  // slot of the sigmoid -> slot of its input
  for (Step& step : steps) {
    const std::string& op = model.nodes[static_cast<std::size_t>(step.node)].op;
    if (op == "Sigmoid") sigmoid_of[step.outputs[0]] = step.inputs[0];
    if (op != "Mul") continue;
    for (const int x : step.inputs) {
      const int other = step.inputs[0] == x ? step.inputs[1] : step.inputs[0];
      const auto found = sigmoid_of.find(other);
      if (found == sigmoid_of.end() || found->second != x) continue;
      step.run = [](const Tensors& in, bool) -> Tensors { return {torch::silu(in[0])}; };
      step.inputs = {x};
      break;
    }
  }
}

/// Tells parameters and buffers from other constants by who reads them.
void OnnxNet::Impl::sort_constants() {
  std::set<std::string> trained, running;
  for (const OnnxNode& node : model.nodes) {
    const auto [first, last] = trained_inputs(node);
    for (std::size_t i = first; i < std::min(last, node.inputs.size()); ++i) trained.insert(node.inputs[i]);
    if (node.op == "BatchNormalization" && node.inputs.size() == 5) running.insert({node.inputs[3], node.inputs[4]});
  }
  constants.resize(slots.size());
  for (const OnnxTensor& initialiser : model.initialisers) {
    torch::Tensor value = to_torch(initialiser);
    if (value.is_floating_point() && trained.contains(initialiser.name)) {
      value.set_requires_grad(true);
      parameters.emplace_back(initialiser.name, value);
    } else if (running.contains(initialiser.name)) {
      buffers.emplace_back(initialiser.name, value);
    }
    const auto found = slots.find(initialiser.name);
    if (found != slots.end()) constants[static_cast<std::size_t>(found->second)] = value;
  }
}

/// Which steps the wanted values depend on.
std::vector<char> OnnxNet::Impl::needed(const std::vector<int>& wanted) const {
  std::vector<char> value(slots.size(), 0), run(steps.size(), 0);
  for (const int index : wanted) value[static_cast<std::size_t>(index)] = 1;
  for (std::size_t i = steps.size(); i-- > 0;) {
    for (const int out : steps[i].outputs) run[i] = run[i] || (out >= 0 && value[static_cast<std::size_t>(out)]);
    if (!run[i]) continue;
    for (const int in : steps[i].inputs) {
      if (in >= 0) value[static_cast<std::size_t>(in)] = 1;
    }
  }
  return run;
}

/// For each value the last step that reads it, so that it can be let go there.
std::vector<int> OnnxNet::Impl::last_uses(const std::vector<char>& run, const std::vector<int>& wanted) const {
  std::vector<int> last(slots.size(), -1);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (!run[i]) continue;
    for (const int in : steps[i].inputs) {
      if (in >= 0) last[static_cast<std::size_t>(in)] = static_cast<int>(i);
    }
  }
  for (const int index : wanted) last[static_cast<std::size_t>(index)] = static_cast<int>(steps.size());
  return last;
}

OnnxNet::OnnxNet(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
OnnxNet::OnnxNet(OnnxNet&&) noexcept = default;
OnnxNet& OnnxNet::operator=(OnnxNet&&) noexcept = default;
OnnxNet::~OnnxNet() = default;

Result<OnnxNet> OnnxNet::create(OnnxModel model) try {
  auto impl = std::make_unique<Impl>();
  impl->model = std::move(model);
  widen_half(impl->model);
  const auto version = impl->model.opsets.find("");
  const std::int64_t opset = version == impl->model.opsets.end() ? 11 : version->second;
  for (const OnnxValue& input : impl->model.inputs) impl->slot(input.name);
  for (std::size_t i = 0; i < impl->model.nodes.size(); ++i) {
    const OnnxNode& node = impl->model.nodes[i];
    auto run = make_operator(node, opset);
    if (!run) return tl::unexpected(run.error());
    Step step{std::move(*run), {}, {}, static_cast<int>(i)};
    for (const std::string& name : node.inputs) step.inputs.push_back(impl->slot(name));
    for (const std::string& name : node.outputs) step.outputs.push_back(impl->slot(name));
    impl->steps.push_back(std::move(step));
  }
  if (Status status = check_inputs(impl->model); !status) return fail(status.error());
  impl->fuse_silu();
  for (const OnnxValue& output : impl->model.outputs) impl->slot(output.name);
  impl->sort_constants();
  return OnnxNet(std::move(impl));
} catch (const std::exception& error) {
  return fail(Code::corrupt, "the model's constants cannot be read: " + first_line(error.what()));
}

Result<std::vector<torch::Tensor>> OnnxNet::forward(const std::vector<torch::Tensor>& inputs) {
  std::vector<std::string> wanted;
  for (const OnnxValue& output : impl_->model.outputs) wanted.push_back(output.name);
  return forward(inputs, wanted);
}

Result<std::vector<torch::Tensor>> OnnxNet::forward(const std::vector<torch::Tensor>& inputs,
                                                    const std::vector<std::string>& wanted) {
  Impl& net = *impl_;
  if (inputs.size() != net.model.inputs.size()) {
    return fail(Code::invalid, "the net takes " + std::to_string(net.model.inputs.size()) + " inputs, not " +
                                   std::to_string(inputs.size()));
  }
  std::vector<int> wanted_slots;
  for (const std::string& name : wanted) {
    const auto found = net.slots.find(name);
    if (found == net.slots.end()) return fail(Code::not_found, "the net has no value named \"" + name + "\"");
    wanted_slots.push_back(found->second);
  }
  std::vector<torch::Tensor> values = net.constants;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    values[static_cast<std::size_t>(net.slots.at(net.model.inputs[i].name))] = inputs[i];
  }
  const std::vector<char> run = net.needed(wanted_slots);
  const std::vector<int> last = net.last_uses(run, wanted_slots);
  Tensors arguments;
  for (std::size_t i = 0; i < net.steps.size(); ++i) {
    if (!run[i]) continue;
    const Step& step = net.steps[i];
    arguments.clear();
    for (const int in : step.inputs) {
      arguments.push_back(in < 0 ? torch::Tensor() : values[static_cast<std::size_t>(in)]);
    }
    for (const int in : step.inputs) {
      if (in >= 0 && last[static_cast<std::size_t>(in)] == static_cast<int>(i)) {
        values[static_cast<std::size_t>(in)].reset();
      }
    }
    try {
      Tensors results = step.run(arguments, net.training);
      for (std::size_t k = 0; k < std::min(results.size(), step.outputs.size()); ++k) {
        if (step.outputs[k] >= 0) values[static_cast<std::size_t>(step.outputs[k])] = std::move(results[k]);
      }
    } catch (const std::exception& error) {
      const OnnxNode& node = net.model.nodes[static_cast<std::size_t>(step.node)];
      return fail(Code::invalid, "node \"" + node.label() + "\" (" + node.op + "): " + first_line(error.what()));
    }
  }
  std::vector<torch::Tensor> outputs;
  for (const int index : wanted_slots) outputs.push_back(values[static_cast<std::size_t>(index)]);
  return outputs;
}

const NamedTensors& OnnxNet::parameters() const { return impl_->parameters; }
const NamedTensors& OnnxNet::buffers() const { return impl_->buffers; }
void OnnxNet::train(bool on) { impl_->training = on; }
bool OnnxNet::is_training() const { return impl_->training; }

void OnnxNet::to(torch::Device device) {
  const torch::NoGradGuard no_grad;
  const auto move = [&](torch::Tensor& tensor) {
    if (tensor.defined()) tensor.set_data(tensor.to(device));
  };
  for (torch::Tensor& constant : impl_->constants) {
    if (constant.is_floating_point()) move(constant);  // integers are shapes and axes, read on the host
  }
}

OnnxModel OnnxNet::to_onnx() const {
  OnnxModel out = impl_->model;
  for (const NamedTensors* group : {&impl_->parameters, &impl_->buffers}) {
    for (const auto& [name, value] : *group) {
      const auto found = std::ranges::find(out.initialisers, name, &OnnxTensor::name);
      if (found != out.initialisers.end()) *found = from_torch(name, found->dtype, value);
    }
  }
  return out;
}

}  // namespace weir::train
