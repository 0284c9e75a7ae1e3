// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/base/tensor.hpp"
#include "kernels/codec/code_tables.hpp"
#include "kernels/codec/slice_encoder.hpp"
#include "kernels/codec/symbol_ring.hpp"

namespace weir {

/// Turns the feature tensors of one stream into messages (docs/codec.md).
///
/// A message refers to the newest tensor whose arrival the other side has confirmed, and to nothing that was merely
/// sent; without one it is a key tensor. Frames must be numbered upwards. Once the largest tensor has been seen,
/// nothing is allocated. Thread-compatible.
class FeatureEncoder {
 public:
  explicit FeatureEncoder(std::shared_ptr<const CodeTables> tables);

  /// Codes f32 [1, C, H, W] at one rung. The bytes are valid until the next call. `key`: refer to nothing, say at a
  /// change of scene; each channel does so by itself where that is shorter. Code::invalid names a type, shape, rung or
  /// frame number that does not fit.
  Result<std::span<const std::uint8_t>> encode(const TensorView& tensor, std::size_t rung, std::uint64_t frame,
                                               bool key = false);

  /// The other side has decoded this frame whole. Late and repeated confirmations do no harm: false when the frame is
  /// older than the reference or not among the last kSentFrames, and nothing changes.
  bool acknowledge(std::uint64_t frame);

  /// Refers to nothing that was sent before: the next message is a key tensor. For a lost connection or an answer that
  /// the reference is unknown.
  void forget();

  /// The frame that the next message would refer to.
  std::optional<std::uint64_t> reference() const;

  /// Bytes that a message of this rung will take, from calibration and how the last messages compared with it. Cheap.
  std::size_t expected_bytes(std::size_t rung, int height, int width) const;

  static constexpr std::size_t kSentFrames = codec::SymbolRing::kDepth;

 private:
  Status check(const TensorView& tensor, std::size_t rung, std::uint64_t frame) const;
  void quantise(const float* values, const CodecRung& rung);
  void note_size(std::size_t rung, bool key);

  std::shared_ptr<const CodeTables> tables_;
  codec::SymbolRing ring_;
  codec::SliceEncoder slices_;
  codec::PlaneSize size_;
  codec::ReferencePlanes reference_;
  codec::SymbolFrame* current_ = nullptr;
  std::optional<std::uint64_t> acknowledged_, last_;
  std::vector<std::uint8_t> message_;
  double ratio_ = 1;  // of sizes seen to sizes expected, smoothed
};

}  // namespace weir
