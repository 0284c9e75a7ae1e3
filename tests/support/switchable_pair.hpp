// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "elastic/switchable/setups.hpp"

namespace weir::test {

/// Four setups of a bottleneck of as many channels as the seam has: from nearly lossless to coarse, each with a scale
/// and bias of its own.
SwitchableSetups drawn_setups(int channels);

/// Writes PREFIX_head.onnx, PREFIX_tail.onnx and PREFIX_setups.json for the network in `model`, cut at `seam`, as
/// train-switchable would: the encoder hands the seam's tensor on, the decoder scales and shifts it as the setup says.
/// Ends the program where that cannot be done.
void write_switchable_pair(const std::string& model, const std::string& seam, const std::string& prefix);

}  // namespace weir::test
