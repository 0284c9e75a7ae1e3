// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "elastic/onnx_model.hpp"

namespace weir::train {

/// Widths of the layers that are put into a seam.
struct BottleneckShape {
  int channels = 24;  ///< of the bottleneck, all setups' most
  int encoder = 48;   ///< of the encoder's hidden layers
  int decoder = 64;   ///< of the decoder's hidden layers; so many scales and biases has each setup
};

/// Layers whose weights are set from statistics before training: convolutions of 1x1, and those that start at 0.
inline constexpr const char* kEncoderLinear = "switchable.encoder.linear";
inline constexpr const char* kDecoderLinear = "switchable.decoder.linear";

/// The graph from a seam of `seam_channels` to the bottleneck: a linear map, and beside it 3x3, 3x3 depthwise, 1x1;
/// their sum is multiplied by a gate that sees further. Operator sets are those of the network that it is put into.
OnnxModel build_encoder(const OnnxModel& network, const std::string& seam, int seam_channels,
                        const BottleneckShape& shape, std::uint64_t seed);

/// The graph back: inputs kBottleneck, kSetupScale and kSetupBias, output the seam. A linear map, and beside it 3x3,
/// the setup's own scale and bias, 5x5 depthwise, 1x1, a look at the surroundings, 3x3.
OnnxModel build_decoder(const OnnxModel& network, const std::string& seam, int seam_channels,
                        const BottleneckShape& shape, std::uint64_t seed);

}  // namespace weir::train
