// SPDX-License-Identifier: Apache-2.0
#include "train/common/loop/training_state.hpp"

#include <c10/util/string_utils.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weir::train {
namespace {

using Slots = std::map<std::string, torch::Tensor>;
using ParamState = torch::optim::OptimizerParamState;

constexpr const char* kGenerator = "torch generator";
constexpr const char* kAverageUpdates = "average updates";

torch::Tensor generator_state() { return at::globalContext().defaultGenerator(at::kCPU).get_state(); }

Status restore_generator(const torch::Tensor& state) {
  at::Generator generator = at::globalContext().defaultGenerator(at::kCPU);
  try {
    generator.set_state(state);
  } catch (const c10::Error&) {
    return {Code::invalid, "the checkpoint's state of the generator is of another version of libtorch"};
  }
  return {};
}

void add(NamedTensors& to, const std::string& name, const torch::Tensor& tensor) {
  if (tensor.defined()) to.emplace_back(name, tensor.detach().to(torch::kCPU, /*non_blocking=*/false, /*copy=*/true));
}

void add_all(NamedTensors& to, const std::string& prefix, const NamedTensors& tensors) {
  for (const auto& [name, tensor] : tensors) add(to, prefix + name, tensor);
}

// Where torch keeps the state of one parameter.
std::string state_key(const torch::Tensor& parameter) { return c10::guts::to_string(parameter.unsafeGetTensorImpl()); }

// Calls visit(prefix, parameter) for each parameter of the optimiser, in its order.
template <typename Visit>
void each_parameter(torch::optim::Optimizer& optimizer, const Visit& visit) {
  const auto& groups = optimizer.param_groups();
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (std::size_t i = 0; i < groups[g].params().size(); ++i) {
      visit("optimizer/" + std::to_string(g) + "/" + std::to_string(i) + "/", groups[g].params()[i]);
    }
  }
}

void add_state(NamedTensors& to, const std::string& prefix, const ParamState& state) {
  if (const auto* adamw = dynamic_cast<const torch::optim::AdamWParamState*>(&state)) {
    add(to, prefix + "step", torch::tensor(adamw->step(), torch::kLong));
    add(to, prefix + "exp_avg", adamw->exp_avg());
    add(to, prefix + "exp_avg_sq", adamw->exp_avg_sq());
    add(to, prefix + "max_exp_avg_sq", adamw->max_exp_avg_sq());
  } else if (const auto* sgd = dynamic_cast<const torch::optim::SGDParamState*>(&state)) {
    add(to, prefix + "momentum", sgd->momentum_buffer());
  }
}

// The slot laid out and placed as the parameter is, or an undefined tensor.
torch::Tensor slot_like(const Slots& slots, const std::string& name, const torch::Tensor& parameter) {
  const auto found = slots.find(name);
  if (found == slots.end()) return {};
  torch::Tensor slot = torch::empty_like(parameter.detach());
  slot.copy_(found->second);
  return slot;
}

std::unique_ptr<ParamState> make_state(const torch::optim::Optimizer& optimizer, const Slots& slots,
                                       const std::string& prefix, const torch::Tensor& parameter) {
  if (dynamic_cast<const torch::optim::AdamW*>(&optimizer) != nullptr) {
    const auto step = slots.find(prefix + "step");
    if (step == slots.end()) return nullptr;
    auto state = std::make_unique<torch::optim::AdamWParamState>();
    state->step(step->second.item<std::int64_t>());
    state->exp_avg(slot_like(slots, prefix + "exp_avg", parameter));
    state->exp_avg_sq(slot_like(slots, prefix + "exp_avg_sq", parameter));
    state->max_exp_avg_sq(slot_like(slots, prefix + "max_exp_avg_sq", parameter));
    return state;
  }
  torch::Tensor momentum = slot_like(slots, prefix + "momentum", parameter);
  if (!momentum.defined()) return nullptr;
  auto state = std::make_unique<torch::optim::SGDParamState>();
  state->momentum_buffer(std::move(momentum));
  return state;
}

bool known(const torch::optim::Optimizer& optimizer) {
  return dynamic_cast<const torch::optim::AdamW*>(&optimizer) != nullptr ||
         dynamic_cast<const torch::optim::SGD*>(&optimizer) != nullptr;
}

std::string sizes(const torch::Tensor& tensor) { return c10::str(tensor.sizes()); }

Status check_tensors(const Slots& slots, const std::string& prefix, const NamedTensors& wanted) {
  for (const auto& [name, tensor] : wanted) {
    const auto found = slots.find(prefix + name);
    if (found == slots.end()) {
      return {Code::invalid, "the checkpoint has no tensor \"" + prefix + name + "\": it is of another net"};
    }
    if (found->second.sizes() != tensor.sizes()) {
      return {Code::invalid, "tensor \"" + prefix + name + "\": the checkpoint has shape " + sizes(found->second) +
                                 ", the net " + sizes(tensor) + ": it is of another net"};
    }
  }
  return {};
}

// A slot that the checkpoint has must fit its parameter: the net may be the same and its optimiser another.
Status check_slots(const Slots& slots, torch::optim::Optimizer& optimizer) {
  Status status;
  const bool adamw = dynamic_cast<const torch::optim::AdamW*>(&optimizer) != nullptr;
  std::size_t expected = 0;
  each_parameter(optimizer, [&](const std::string& prefix, const torch::Tensor& parameter) {
    for (const char* part : {"exp_avg", "exp_avg_sq", "max_exp_avg_sq", "momentum"}) {
      const auto found = slots.find(prefix + part);
      if (found == slots.end()) continue;
      ++expected;
      const bool right_kind = (part == std::string("momentum")) != adamw;
      if (status && (!right_kind || found->second.sizes() != parameter.sizes())) {
        status = {Code::invalid, "\"" + prefix + part + "\" in the checkpoint is of another optimiser or net"};
      }
    }
    if (slots.count(prefix + "step") != 0) ++expected;
  });
  std::size_t held = 0;
  for (const auto& [name, tensor] : slots) held += name.starts_with("optimizer/") ? 1 : 0;
  if (status && held != expected) return {Code::invalid, "the checkpoint's optimiser has other parameters"};
  return status;
}

void copy_tensors(const Slots& slots, const std::string& prefix, const NamedTensors& to) {
  const torch::NoGradGuard no_grad;
  for (const auto& [name, tensor] : to) torch::Tensor(tensor).copy_(slots.at(prefix + name));
}

Slots slots_of(const Checkpoint& checkpoint) { return {checkpoint.tensors.begin(), checkpoint.tensors.end()}; }

}  // namespace

Result<Checkpoint> capture(const TrainingParts& parts, std::int64_t step) {
  Checkpoint checkpoint;
  checkpoint.step = step;
  add_all(checkpoint.tensors, "net/", parts.tensors);
  if (parts.ema != nullptr) {
    add_all(checkpoint.tensors, "average/", parts.ema->averages());
    add(checkpoint.tensors, kAverageUpdates, torch::tensor(parts.ema->updates(), torch::kLong));
  }
  if (parts.optimizer != nullptr) {
    if (!known(*parts.optimizer)) return fail(Code::unsupported, "checkpoints know the optimisers AdamW and SGD only");
    each_parameter(*parts.optimizer, [&](const std::string& prefix, const torch::Tensor& parameter) {
      const auto& states = parts.optimizer->state();
      const auto found = states.find(state_key(parameter));
      if (found != states.end()) add_state(checkpoint.tensors, prefix, *found->second);
    });
  }
  add(checkpoint.tensors, kGenerator, generator_state());
  return checkpoint;
}

Status restore(const Checkpoint& checkpoint, const TrainingParts& parts) {
  const Slots slots = slots_of(checkpoint);
  if (Status status = check_tensors(slots, "net/", parts.tensors); !status) return status;
  if (parts.ema != nullptr) {
    if (Status status = check_tensors(slots, "average/", parts.ema->averages()); !status) return status;
  }
  if (slots.count(kGenerator) == 0 || (parts.ema != nullptr && slots.count(kAverageUpdates) == 0)) {
    return {Code::invalid, "the checkpoint was not made by a training: it lacks the state of the generator or average"};
  }
  if (parts.optimizer != nullptr) {
    if (!known(*parts.optimizer)) return {Code::unsupported, "checkpoints know the optimisers AdamW and SGD only"};
    if (Status status = check_slots(slots, *parts.optimizer); !status) return status;
  }
  if (Status status = restore_generator(slots.at(kGenerator)); !status) return status;
  copy_tensors(slots, "net/", parts.tensors);
  if (parts.ema != nullptr) {
    copy_tensors(slots, "average/", parts.ema->averages());
    parts.ema->set_updates(slots.at(kAverageUpdates).item<std::int64_t>());
  }
  if (parts.optimizer != nullptr) {
    auto& states = parts.optimizer->state();
    states.clear();
    each_parameter(*parts.optimizer, [&](const std::string& prefix, const torch::Tensor& parameter) {
      if (auto state = make_state(*parts.optimizer, slots, prefix, parameter)) {
        states[state_key(parameter)] = std::move(state);
      }
    });
  }
  return {};
}

Status restore_tensors(const Checkpoint& checkpoint, const NamedTensors& tensors, bool averaged) {
  const Slots slots = slots_of(checkpoint);
  const char* prefix = averaged ? "average/" : "net/";
  if (Status status = check_tensors(slots, prefix, tensors); !status) return status;
  copy_tensors(slots, prefix, tensors);
  return {};
}

}  // namespace weir::train
