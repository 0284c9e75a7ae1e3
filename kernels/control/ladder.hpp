// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/base/time.hpp"

namespace weir {

/// What a rung sends; lz4: features in 8 bits as SPINN sends them.
enum class RungKind : std::uint8_t { features, lz4, jpeg, webp, h264, raw };

/// Whether the tensor at a seam is sent, and not a picture.
constexpr bool sends_features(RungKind kind) { return kind == RungKind::features || kind == RungKind::lz4; }

std::string_view to_string(RungKind kind);
Result<RungKind> rung_kind(std::string_view name);

/// One way to have a frame answered, and what it costs.
struct Rung {
  std::string name;
  RungKind kind = RungKind::features;
  double bytes = 0;        ///< that cross the link, mean over frames; 0: the device answers alone
  double bytes_p90 = 0;    ///< the same, exceeded by one frame in ten
  Duration device{};       ///< head and encoder
  Duration cloud{};        ///< decoder and tail
  double accuracy = 0;     ///< of answers that are in time, 0 to 1
  std::int32_t setup = 0;  ///< what the executing stage understands: the index of the codec's setup, or a quality
  std::int32_t bits = 0;   ///< per value of features; 0: floating point, or no features
  double exits = 0;        ///< share of frames that an early exit of the device answers, so that nothing is sent
  int width = 0;           ///< of the picture that is sent, in pixels; 0: as large as the network's input
  int height = 0;          ///< the same; 0 where `width` is
};

/// The rungs that a policy chooses from. Decisions name a rung by its index.
struct Ladder {
  std::vector<Rung> rungs;
  double local_accuracy = 0;  ///< of the device's own weaker answer; 0: there is none
  Duration local{};           ///< from capture to that answer
  std::string fingerprint;    ///< of the model and codec that the rungs were measured with; empty: none in particular
};

/// Why the ladder cannot be used: no rung, a name twice, a number out of its range or not finite; ok where it can.
Status validate(const Ladder& ladder);

/// Indices of the rungs that no other one dominates (as accurate and no dearer in bytes, device and cloud time), in
/// order of bytes. Of rungs that are all equal the first stays.
std::vector<std::int32_t> efficient_rungs(const Ladder& ladder);

/// The ladder without dominated rungs, in order of bytes.
Ladder pareto(Ladder ladder);

}  // namespace weir
