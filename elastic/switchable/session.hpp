// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "elastic/switchable/setups.hpp"
#include "engine/engine.hpp"

namespace weir {

/// Rounds the channels that a setup sends: `symbols` gets setup.channels planes of whole numbers, `bottleneck` holds
/// all planes of the head's output. Pure.
void quantise(std::span<const float> bottleneck, const SwitchableSetup& setup, std::vector<std::int32_t>& symbols);

/// The bottleneck that the tail gets for these symbols: channels that were not sent are 0. `bottleneck` has the size of
/// the head's output. Pure.
void dequantise(std::span<const std::int32_t> symbols, const SwitchableSetup& setup, std::span<float> bottleneck);

/// Head and tail of one network, each loaded once, switched between setups from call to call. Bound to one thread at a
/// time.
class SwitchableSession {
 public:
  /// `head` and `tail` are the bytes of the files, `width` and `height` of the frames. Code::invalid when they are not
  /// a pair that fits the setups; else as load_engine.
  static Result<SwitchableSession> create(std::string_view head, std::string_view tail, const SwitchableSetups& setups,
                                          int width, int height, const EngineOptions& options);

  /// The bottleneck of a frame, f32 [1, channels, h, w]; borrowed until the next call.
  Result<TensorView> encode(const TensorView& image);

  /// The network's outputs for a bottleneck as it was received in this setup; borrowed until the next call.
  Result<std::span<const TensorView>> decode(const SwitchableSetup& setup, const TensorView& bottleneck);

 private:
  std::unique_ptr<Session> head_, tail_;
};

}  // namespace weir
