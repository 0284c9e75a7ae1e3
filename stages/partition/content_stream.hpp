// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/partition/content.hpp"
#include "kernels/partition/cost_learner.hpp"
#include "kernels/partition/lrc_policy.hpp"
#include "kernels/partition/scene_change.hpp"
#include "stages/partition/finds.hpp"
#include "stages/partition/part_images.hpp"

namespace weir {

/// How partition.content cuts; the ranges are those of its parameters.
struct ContentStageOptions {
  ContentOptions content;
  CostModel cost;     ///< to start from
  bool learn = true;  ///< the costs from answers
  LrcOptions lrc;
  double lrc_scale = 0.4;
  int start = 3;          ///< frames that are sent whole at the start and after each break
  std::uint64_t gap = 5;  ///< missing frames that are a break
  double cut = 0.14;      ///< scene change that is a break
  FindOptions finds;      ///< detections that nobody expects and that are looked for, too
  double find_ms = 120;   ///< of the uplink that they may take with each frame
  double whole_from = 1;  ///< parts that together show more than this share of the frame: it goes whole
};

/// One stream of partition.content. Thread-compatible.
class ContentStream {
 public:
  /// `options` outlives it and has been checked (ContentPartition::create).
  ContentStream(const ContentStageOptions& options, ContentPartition partition);

  PartImages& images() { return images_; }

  /// Learns from the answers to an earlier frame; answers that were seen already are passed over.
  void learn(const PartAnswers& answers);

  /// Cuts a frame whose image is not empty; `regions` is null where it is not known what to expect.
  void cut(const Packet& frame, std::uint64_t number, const Regions* regions, Parts& out);

 private:
  bool breaks(const ImageView& image, std::uint64_t number);
  void expect(const Regions& regions, const ImageView& image);
  void send(std::span<const PlannedPart> planned, const ImageView& image, Parts& out);

  const ContentStageOptions* options_;
  ContentPartition partition_;
  CostLearner learner_;
  LrcPolicy lrc_;
  SceneChange scene_;
  PartImages images_;
  Finds finds_;
  std::vector<ExpectedObject> expected_;
  LrcSignals signals_;
  std::vector<std::int64_t> ids_, ids_before_;  // sorted: tracks of this frame and of the one before
  int width_ = 0, height_ = 0;
  std::uint64_t next_ = 0;      // frame expected
  int whole_left_;              // frames to send whole
  std::uint64_t answered_ = 0;  // frames up to here, exclusive, have been learned from
};

}  // namespace weir
