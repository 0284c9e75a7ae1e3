// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/base/tensor.hpp"
#include "kernels/codec/code_tables.hpp"
#include "kernels/codec/message.hpp"
#include "kernels/codec/slice_decoder.hpp"
#include "kernels/codec/symbol_ring.hpp"

namespace weir {

/// What a message held.
struct DecodedFeatures {
  std::uint64_t frame = 0;
  std::size_t rung = 0;
  std::size_t channels = 0;  ///< decoded, the most important first; the others are their calibrated means
  bool whole = false;        ///< every channel of the rung is there: the frame may be acknowledged
  bool key = false;          ///< it refers to no other frame
};

/// Turns the messages of one stream back into feature tensors. Keeps the last frames that came whole, so that later
/// ones can refer to them. Once the largest tensor has been seen, nothing is allocated. Thread-compatible.
class FeatureDecoder {
 public:
  explicit FeatureDecoder(std::shared_ptr<const CodeTables> tables);

  /// Writes f32 [1, C, H, W] into `out`. A message that ends early gives the whole slices before its end.
  ///
  /// Code::corrupt: no feature message, another version, a corrupt header or slice, cut short before the first slice's
  /// end. Code::invalid: other tables, another model, a rung or shape that the tables do not have; both sides must be
  /// given the same files. Code::not_found: the reference is unknown here; tell the encoder, which forgets it and sends
  /// a key tensor. After an error `out` is unspecified, and later messages decode as if this one had been lost.
  Result<DecodedFeatures> decode(std::span<const std::uint8_t> message, Tensor& out);

  /// Tensors of more values than this (4,194,304 unless set) are refused before anything is allocated.
  void limit(std::size_t values) { limit_ = values; }

 private:
  Status check(const codec::Header& header) const;
  Status find_reference(const codec::Header& header);
  Result<std::size_t> split(const codec::Header& header, std::span<const std::uint8_t> slices);
  Status decode_slices(const codec::Header& header, const std::uint8_t* readable_end);
  void dequantise(const CodecRung& rung, std::size_t held, std::span<float> out) const;

  std::shared_ptr<const CodeTables> tables_;
  codec::SymbolRing ring_;
  codec::ReferencePlanes reference_;
  codec::SliceDecoder slices_;
  codec::PlaneSize size_;
  codec::SymbolFrame* current_ = nullptr;
  std::vector<codec::SliceJob> slice_jobs_;
  std::vector<codec::ChannelJob> channel_jobs_;
  std::size_t limit_ = std::size_t{1} << 22U;
};

}  // namespace weir
