// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "kernels/base/tensor.hpp"
#include "kernels/codec/calibration.hpp"

namespace weir::test {

/// Feature tensors of a made-up stream: smooth fields with a floor, as activations have, some moving, with noise.
/// Integer arithmetic only, so that every machine gets the same values.
class FeatureStream {
 public:
  FeatureStream(std::uint64_t seed, int channels, int height, int width)
      : seed_(seed), shape_{1, channels, height, width} {}

  /// The tensor of frame t.
  Tensor at(int t) const;

 private:
  std::uint64_t seed_;
  Shape shape_;
};

inline constexpr int kSampleChannels = 6, kSampleHeight = 13, kSampleWidth = 21;
inline constexpr std::uint64_t kSampleModel = 0x0123456789ABCDEFULL;

/// Tables of six rungs for such streams: 8, 4, 2 and 1 bits, a prefix of 3 channels, and bits by sensitivity.
std::shared_ptr<const CodeTables> sample_tables(std::uint64_t seed = 1);

/// The options behind sample_tables().
CalibrationOptions sample_options();

/// FNV-1a over every message of a run of the codec on FeatureStream(7) and over the decoded tensors: rungs in turn,
/// losses, key tensors. The same on every machine.
std::uint64_t codec_fingerprint(const std::shared_ptr<const CodeTables>& tables);

}  // namespace weir::test
