// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "kernels/base/tensor.hpp"
#include "kernels/codec/code_tables.hpp"

namespace weir::bench {

/// One value for each repetition.
struct CodecTimes {
  std::vector<double> encode_ms, decode_ms, both_ms;  ///< per tensor
};

/// Codes and decodes the tensors in turn, each acknowledged, one thread; processor time, which other programs disturb
/// less.
CodecTimes time_codec(const std::shared_ptr<const CodeTables>& tables, std::size_t rung,
                      const std::vector<Tensor>& tensors, int repetitions);

/// Bytes of f32 values, in 10^9 per second of processor time, that are quantised to 4 bits and packed, per repetition.
std::vector<double> time_packing(int repetitions, int rounds);

}  // namespace weir::bench
