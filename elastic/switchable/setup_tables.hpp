// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "elastic/switchable/setups.hpp"
#include "kernels/base/tensor.hpp"
#include "kernels/codec/code_tables.hpp"

namespace weir {

/// "switchable-24x6": what the codec calls the rung of each setup, in their order. A name that came before gets a
/// number behind it.
std::vector<std::string> setup_rung_names(const SwitchableSetups& setups);

/// The codec's tables for a switchable bottleneck: one rung for each setup, in their order. A message of such a rung
/// decodes to exactly what quantise() and dequantise() (session.hpp) make of the bottleneck.
///
/// `recordings` are bottlenecks as the head gives them, one inner list for each recording, in order of time; the
/// frequencies of symbols are counted over them. `model_hash` is what messages will call the network by. `hold`: as in
/// RungWish; above 0 values may differ from quantise()'s by as many steps. Code::unsupported for a setup of more than 8
/// bits, Code::invalid for tensors that are not of the bottleneck's channels; else as calibrate().
Result<std::shared_ptr<const CodeTables>> setup_tables(std::span<const std::vector<TensorView>> recordings,
                                                       const SwitchableSetups& setups, std::uint64_t model_hash,
                                                       float hold = 0);

}  // namespace weir
