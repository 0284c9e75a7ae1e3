// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/base/tensor.hpp"
#include "kernels/codec/code_tables.hpp"

namespace weir {

/// A rung that calibration is to make.
struct RungWish {
  std::string name;
  std::size_t channels = 0;  ///< the most important ones; 0: all
  int bits = 8;  ///< of every channel, 1 to 8, over its range; where `noise` is set, the most that a channel may have
  /// Positive: bits by sensitivity. The step of a channel is noise / sqrt(its sensitivity), so that all add alike to
  /// the error of the output; a channel whose range is below half a step is not sent.
  float noise = 0;
  float hold = 0;  ///< a value keeps the reference's symbol up to 0.5 + hold steps away, 0 to 3.5
  /// Steps decided beforehand, positive, one for each channel of the tensor: a symbol is a whole number of them in
  /// [-2^(bits-1), 2^(bits-1) - 1] and stands for exactly that, whatever was seen. Then `noise` has no meaning.
  std::vector<float> steps{};
};

struct CalibrationOptions {
  std::uint64_t model_hash = 0;
  /// How much the output worsens per unit of noise power in each channel, positive; empty: alike. Only ratios between
  /// channels matter, and the unit of RungWish::noise.
  std::vector<float> sensitivity{};
  std::vector<RungWish> rungs{};
};

/// Makes code tables from tensors as they come: one inner list for each recording, in order of time.
///
/// Ranges are the least and the greatest value seen; importance is sensitivity times variance; each symbol is decoded
/// to the mean of the values it stood for; frequencies are counted as the encoder would meet them, each tensor against
/// the one before. Where rungs have `steps`, and all must if one has, channels keep their order, and one that is not
/// sent is decoded to 0: what comes out is what a network was trained with. Code::invalid names a tensor that is not
/// f32 [1, C, H, W] of the same C, a value that is not finite, a wish out of range, or too few tensors (2).
Result<std::shared_ptr<const CodeTables>> calibrate(std::span<const std::vector<TensorView>> recordings,
                                                    const CalibrationOptions& options);

}  // namespace weir
