// SPDX-License-Identifier: Apache-2.0
#include "elastic/switchable/crossing.hpp"

#include "elastic/switchable/session.hpp"

namespace weir {

Crossing::Crossing(const SwitchableSetup& setup, std::size_t rung, const std::shared_ptr<const CodeTables>& tables)
    : setup_(setup), rung_(rung) {
  if (tables == nullptr) return;
  encoder_.emplace(tables);
  decoder_.emplace(tables);
}

Result<TensorView> Crossing::send(const TensorView& bottleneck) {
  if (encoder_) return send_message(bottleneck);
  quantise(bottleneck.as<float>(), setup_, symbols_);
  if (!cost_) {
    cost_.emplace(setup_.channels, static_cast<int>(bottleneck.shape[2]), static_cast<int>(bottleneck.shape[3]));
  }
  bytes_ += cost_->add(symbols_);
  received_.resize(DType::f32, bottleneck.shape);
  dequantise(symbols_, setup_, received_.as<float>());
  return received_.view();
}

Result<TensorView> Crossing::send_message(const TensorView& bottleneck) {
  const auto message = encoder_->encode(bottleneck, rung_, frame_);
  if (!message) return fail(message.error());
  if (const auto decoded = decoder_->decode(*message, received_); !decoded) return fail(decoded.error());
  encoder_->acknowledge(frame_++);
  bytes_ += static_cast<double>(message->size());
  return received_.view();
}

}  // namespace weir
