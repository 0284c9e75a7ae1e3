// SPDX-License-Identifier: Apache-2.0
#include "pipeline/runtime/activation.hpp"

#include <exception>

#include "pipeline/base/guarded.hpp"

namespace weir {

namespace {
const Packet kNoPacket;
}

const ParamValue& StageCore::value_of(const void* id) const { return spec->values[spec->param_index(id)]; }

Activation::Activation(const StageCore& core)
    : core_(core),
      inputs_(core.spec->info->inputs.size()),
      outputs_(core.spec->info->outputs.size()),
      fresh_(core.spec->info->outputs.size()) {}

void Activation::begin(const Stamp& stamp) {
  stamp_ = stamp;
  quality_ = {};
  dropped_ = Reasons::none;
  ended_ = false;
  media_time_ = {};
  others_.clear();
}

void Activation::inherit_quality(const Quality& quality) { quality_ = worse(quality_, quality); }

Status Activation::run() {
  return guarded([this] { return core_.stage->process(*this); });
}

void Activation::seal() {
  for (std::size_t i = 0; i < fresh_.size(); ++i) {
    if (!fresh_[i]) continue;
    fresh_[i]->stamp = stamp_;
    fresh_[i]->quality = quality_;
    fresh_[i] = nullptr;
  }
}

void Activation::discard_outputs() {
  for (Packet& packet : outputs_) packet = {};
  for (auto& header : fresh_) header = nullptr;
}

Frame* Activation::emit_frame() {
  const auto outputs = core_.spec->info->outputs;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].types.empty() || !(*outputs[i].types.front() == kPayloadType<Frame>)) continue;
    auto* packet = static_cast<detail::Pool<Frame>&>(*core_.pools[i]).take();
    set_output(outputs[i].id, Packet(packet), packet);
    return &packet->value;
  }
  return nullptr;
}

void Activation::release() {
  for (Packet& packet : inputs_) packet = {};
  discard_outputs();
}

Duration Activation::remaining() const { return stamp_.deadline == kNever ? Duration::max() : stamp_.deadline - now(); }

const Packet& Activation::input(const void* id) const {
  const auto inputs = core_.spec->info->inputs;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].id == id) return inputs_[i];
  }
  return kNoPacket;
}

std::size_t Activation::output_index(const void* id) const {
  const auto outputs = core_.spec->info->outputs;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].id == id) return i;
  }
  std::terminate();  // an output the stage does not list: a bug of that stage
}

detail::PoolBase& Activation::pool(const void* id) { return *core_.pools[output_index(id)]; }

void Activation::set_output(const void* id, Packet packet, detail::PacketHeader* fresh) {
  const std::size_t index = output_index(id);
  outputs_[index] = std::move(packet);
  fresh_[index] = fresh;
}

}  // namespace weir
