// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "bench/codec/feature_sets.hpp"
#include "kernels/codec/calibration.hpp"

namespace weir::bench {

/// What one rung takes and leaves on one recording.
struct RatePoint {
  double bytes = 0;      ///< per frame, the key tensor of the first frame included
  double precision = 0;  ///< see agreement()
};

/// Sends a recording at one rung, every message decoded and acknowledged before the next.
Result<RatePoint> send_recording(SeamNetwork& network, const FeatureSet& set,
                                 const std::shared_ptr<const CodeTables>& tables, std::size_t rung);

/// The same without the codec: `bits` in every channel over its range in the recording itself, and the zero-order
/// entropy of the symbols or of their change since the frame before, whichever is less, per channel.
Result<RatePoint> entropy_baseline(SeamNetwork& network, const FeatureSet& set, int bits);

/// Images as JPEG at the network's input size.
Result<RatePoint> jpeg_baseline(SeamNetwork& network, const FeatureSet& set, int quality);

}  // namespace weir::bench
