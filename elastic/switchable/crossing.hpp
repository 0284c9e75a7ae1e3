// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "elastic/switchable/setups.hpp"
#include "elastic/switchable/symbol_cost.hpp"
#include "kernels/base/tensor.hpp"
#include "kernels/codec/feature_decoder.hpp"
#include "kernels/codec/feature_encoder.hpp"

namespace weir {

/// Sends bottlenecks of one stream in one setup: as messages of the codec, each one acknowledged before the next, or
/// without tables as symbols whose bytes are estimated (SymbolCost). Thread-compatible.
class Crossing {
 public:
  /// `rung` is the setup's in `tables`, which may be null. `setup` must live longer.
  Crossing(const SwitchableSetup& setup, std::size_t rung, const std::shared_ptr<const CodeTables>& tables);

  /// The bottleneck as it arrives; borrowed until the next call. Errors are the codec's.
  Result<TensorView> send(const TensorView& bottleneck);

  double bytes() const { return bytes_; }  ///< of all that was sent

 private:
  Result<TensorView> send_message(const TensorView& bottleneck);

  const SwitchableSetup& setup_;
  const std::size_t rung_;
  std::optional<FeatureEncoder> encoder_;
  std::optional<FeatureDecoder> decoder_;
  std::optional<SymbolCost> cost_;
  std::uint64_t frame_ = 0;
  double bytes_ = 0;
  std::vector<std::int32_t> symbols_;
  Tensor received_;
};

}  // namespace weir
