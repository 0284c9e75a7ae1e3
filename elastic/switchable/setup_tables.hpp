// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "elastic/switchable/setups.hpp"
#include "kernels/base/tensor.hpp"
#include "kernels/codec/code_tables.hpp"

namespace weir {

/// Every value is rounded for itself.
inline constexpr std::array<float, 1> kNoHold{0};
/// What is worth measuring: how much holding saves and costs differs from pair to pair.
inline constexpr std::array<float, 3> kUsualHolds{0, 0.12F, 0.25F};

/// The codec's tables for a switchable bottleneck: one rung for each setup, in their order, named "switchable-24x6". A
/// message of such a rung decodes to exactly what quantise() and dequantise() (session.hpp) make of the bottleneck.
///
/// `recordings` are bottlenecks as the head gives them, one inner list for each recording, in order of time; the
/// frequencies of symbols are counted over them. `model_hash` is what messages will call the network by. `holds`: as
/// RungWish::hold; all setups once for each of them, in its order. Where it is above 0 the rung is called
/// "switchable-24x6-held", takes fewer bytes, and values may be farther from quantise()'s by as many steps. A name that
/// came before gets a number behind it. Code::unsupported for a setup of more than 8 bits, Code::invalid for tensors
/// that are not of the bottleneck's channels; else as calibrate().
Result<std::shared_ptr<const CodeTables>> setup_tables(std::span<const std::vector<TensorView>> recordings,
                                                       const SwitchableSetups& setups, std::uint64_t model_hash,
                                                       std::span<const float> holds = kNoHold);

/// Which setup each rung of such tables is of, as an index. Code::invalid names a rung that is of none, by channels,
/// bits or steps.
Result<std::vector<std::size_t>> setups_of_rungs(const CodeTables& tables, const SwitchableSetups& setups);

}  // namespace weir
