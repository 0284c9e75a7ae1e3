// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "pipeline/payloads.hpp"
#include "pipeline/registry.hpp"

namespace weir {

/// A kind of stage that takes Frames, as a graph shows it that feeds it Parts: called once for each part, its answers
/// gathered. Never moves, because `info` points into it.
struct PartedStage {
  const StageInfo* whole = nullptr;  ///< the kind itself
  std::size_t input = 0;             ///< its port that gets the parts
  StageInfo info;                    ///< as the graph sees it: Parts at that port, PartAnswers at the output
  std::vector<PortInfo> inputs, outputs;
};

/// Whether this port could be fed by Parts: it takes Frames.
bool takes_frames(const PortInfo& input);

/// Why a kind of stage cannot be applied to parts, as the end of a sentence that begins with the stage; empty when it
/// can.
std::string_view parted_obstacle(const StageInfo& whole);

/// The stage with `input` fed by Parts. It must have no obstacle.
std::shared_ptr<const PartedStage> make_parted(const StageInfo& whole, std::size_t input);

/// The entry of a part that nobody has answered yet.
PartAnswer unanswered(const Part& part, std::uint64_t frame);

/// Applies a stage to the parts of a frame in this process, one after the other. The answers to low-resolution parts
/// come with the stream's next frame, as they would from a worker that is not waited for.
std::unique_ptr<Stage> make_each_part_stage(std::shared_ptr<const PartedStage> parted);

}  // namespace weir
