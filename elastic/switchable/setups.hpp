// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/base/status.hpp"

namespace weir {

/// One rung of a network with a switchable bottleneck: what of the bottleneck is sent, how finely, and what the tail
/// is told with it.
struct SwitchableSetup {
  std::string name;         ///< "16x5": channels x bits
  int channels = 0;         ///< the first ones of the bottleneck; the others are not sent and are 0 for the tail
  int bits = 0;             ///< symbols are whole numbers in [-2^(bits-1), 2^(bits-1) - 1]
  double bytes = 0;         ///< of a frame, estimated (SymbolCost); 0: not known
  std::vector<float> step;  ///< one per channel of the bottleneck: symbol = round(value / step), value' = symbol * step
  std::vector<float> scale;  ///< the tail's input kSetupScale
  std::vector<float> bias;   ///< the tail's input kSetupBias
};

/// All setups of one pair of head and tail, the richest first.
struct SwitchableSetups {
  std::string seam;                       ///< the tensor of the whole network that the bottleneck stands for
  std::string network;                    ///< SHA-256 of the whole network's file
  int channels = 0;                       ///< of the bottleneck
  int frame_width = 0, frame_height = 0;  ///< pixels of the frames that `bytes` was estimated on
  std::vector<SwitchableSetup> setups;
};

/// Names in the ONNX files: the head's output and first input of the tail, f32 [1, channels, h, w], and the tail's
/// further inputs, f32 [1, n, 1, 1], by which it follows the setup from frame to frame.
inline constexpr const char* kBottleneck = "bottleneck";
inline constexpr const char* kSetupScale = "setup_scale";
inline constexpr const char* kSetupBias = "setup_bias";

/// The list as JSON text.
std::string format_setups(const SwitchableSetups& setups);

/// Reads it. Code::corrupt names the key that is missing or cannot be true; `name` stands for the file.
Result<SwitchableSetups> parse_setups(std::string_view text, const std::string& name);

/// Writes a file, whole or not at all. Code::io names the path.
Status save_setups(const SwitchableSetups& setups, const std::filesystem::path& path);

/// Code::not_found when the file is missing; else as parse_setups.
Result<SwitchableSetups> load_setups(const std::filesystem::path& path);

}  // namespace weir
