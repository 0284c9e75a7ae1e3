// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "pipeline/graph_spec.hpp"
#include "pipeline/payloads.hpp"
#include "stages/control/rate_profile.hpp"

namespace weir::app {

/// Frames as a launch file's first camera gives them.
struct SourceFrames {
  std::vector<Packet> packets;
  std::vector<ImageView> views;
};

/// The first `most` frames of the first source. Errors are the source's.
Result<SourceFrames> read_frames(const GraphSpec& spec, const Registry& registry, std::size_t most);

/// Fills in the ladder's local answer: agreement and time of the detector that feeds the input `local` of merge.best,
/// on the second half of the frames; less accurate rungs are taken out. Nothing where the file has none.
Status measure_local(const GraphSpec& spec, const Registry& registry, const SourceFrames& frames,
                     const ProfileOptions& options, Ladder& ladder);

}  // namespace weir::app
