// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/base/tensor.hpp"

namespace weir {

/// Features as SPINN sends them (Laskaridis et al., MobiCom 2020): linear in 8 bits over the tensor's own range, bits
/// shuffled, LZ4. Each message stands for itself and needs no tables (docs/codec.md). Once the largest tensor has been
/// seen, nothing is allocated. Thread-compatible.
class Lz4FeatureEncoder {
 public:
  /// `model_hash`: what both sides call the network and its seam by.
  explicit Lz4FeatureEncoder(std::uint64_t model_hash) : model_hash_(model_hash) {}

  /// The message of f32 [1, C, H, W], all sides up to 65535, in place of what `out` held. Code::invalid for another
  /// type or shape, and for a value that is not finite.
  Status encode(const TensorView& tensor, std::vector<std::uint8_t>& out);

 private:
  std::uint64_t model_hash_;
  std::vector<std::uint8_t> symbols_, shuffled_;
};

/// What the encoder of a message calls its network and seam by; nothing where it is too short to tell. Unchecked: it
/// only chooses the decoder that checks it.
std::optional<std::uint64_t> lz4_model_hash(std::span<const std::uint8_t> message);

/// Turns the messages of Lz4FeatureEncoder back into tensors of one shape. Once a message has been seen, nothing is
/// allocated. Thread-compatible.
class Lz4FeatureDecoder {
 public:
  /// `shape`: [1, C, H, W] of the seam.
  Lz4FeatureDecoder(std::uint64_t model_hash, const Shape& shape) : model_hash_(model_hash), shape_(shape) {}

  /// Writes f32 of the seam's shape into `out`. Code::corrupt: no such message, another version, cut short, damaged.
  /// Code::invalid: another model or shape. Everything is checked before anything is decompressed.
  Status decode(std::span<const std::uint8_t> message, Tensor& out);

 private:
  std::uint64_t model_hash_;
  Shape shape_;
  std::vector<std::uint8_t> symbols_, shuffled_;
};

}  // namespace weir
