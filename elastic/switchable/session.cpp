// SPDX-License-Identifier: Apache-2.0
#include "elastic/switchable/session.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace weir {
namespace {

Status check_head(const Engine& head, const SwitchableSetups& setups) {
  const auto outputs = head.outputs();
  if (outputs.size() == 1 && outputs[0].shape.rank() == 4 && outputs[0].shape[1] == setups.channels) return {};
  return {Code::invalid, "the head puts out " + std::to_string(outputs.size()) + " tensors, the first of " +
                             (outputs.empty() ? "none" : outputs[0].shape.text()) + "; wanted one of 1x" +
                             std::to_string(setups.channels) + "xHxW: are head and list of setups of one network?"};
}

}  // namespace

void quantise(std::span<const float> bottleneck, const SwitchableSetup& setup, std::vector<std::int32_t>& symbols) {
  const std::size_t plane = bottleneck.size() / setup.step.size();
  const auto channels = static_cast<std::size_t>(setup.channels);
  const int reach = 1 << (setup.bits - 1);
  const auto top = static_cast<float>(2 * reach - 1);
  symbols.resize(channels * plane);
  for (std::size_t c = 0; c < channels; ++c) {
    // The arithmetic of codec::quantise_one, so that a message holds these very symbols.
    const float low = -static_cast<float>(reach) * setup.step[c], inverse_step = 1 / setup.step[c];
    for (std::size_t i = c * plane; i < (c + 1) * plane; ++i) {
      const float position = std::clamp((bottleneck[i] - low) * inverse_step, 0.F, top);
      symbols[i] = static_cast<std::int32_t>(std::nearbyint(position)) - reach;
    }
  }
}

void dequantise(std::span<const std::int32_t> symbols, const SwitchableSetup& setup, std::span<float> bottleneck) {
  const std::size_t plane = bottleneck.size() / setup.step.size();
  std::ranges::fill(bottleneck, 0.0F);
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    bottleneck[i] = static_cast<float>(symbols[i]) * setup.step[i / plane];
  }
}

Result<SwitchableSession> SwitchableSession::create(std::string_view head, std::string_view tail,
                                                    const SwitchableSetups& setups, int width, int height,
                                                    const EngineOptions& options) {
  SwitchableSession session;
  EngineOptions head_options = options;
  head_options.input_shapes = {{1, 3, height, width}};
  auto front = load_engine(head, "the switchable head", head_options);
  if (!front) return fail(front.error());
  if (Status status = check_head(**front, setups); !status) return fail(status.error());
  const Shape& bottleneck = (*front)->outputs()[0].shape;
  const auto vector = static_cast<std::int64_t>(setups.setups.front().scale.size());
  EngineOptions tail_options = options;
  tail_options.input_shapes = {bottleneck, {1, vector, 1, 1}, {1, vector, 1, 1}};
  auto back = load_engine(tail, "the switchable tail", tail_options);
  if (!back) return fail(back.error());
  const auto inputs = (*back)->inputs();
  if (inputs.size() != 3 || inputs[0].name != kBottleneck || inputs[1].name != kSetupScale ||
      inputs[2].name != kSetupBias) {
    return fail(Code::invalid, "the tail must take " + std::string(kBottleneck) + ", " + kSetupScale + " and " +
                                   kSetupBias + ", and takes " + std::to_string(inputs.size()) +
                                   " inputs; was it made by train-switchable?");
  }
  for (auto [engine, kept] : {std::pair{front->get(), &session.head_}, std::pair{back->get(), &session.tail_}}) {
    auto made = engine->make_session();
    if (!made) return fail(made.error());
    *kept = std::move(*made);
  }
  return session;
}

Result<TensorView> SwitchableSession::encode(const TensorView& image) {
  const auto outputs = head_->infer({&image, 1});
  if (!outputs) return fail(outputs.error());
  return (*outputs)[0];
}

Result<std::span<const TensorView>> SwitchableSession::decode(const SwitchableSetup& setup,
                                                              const TensorView& bottleneck) {
  const Shape vector{1, static_cast<std::int64_t>(setup.scale.size()), 1, 1};
  const std::array<TensorView, 3> inputs{bottleneck, view_of(setup.scale, vector), view_of(setup.bias, vector)};
  return tail_->infer(inputs);
}

}  // namespace weir
