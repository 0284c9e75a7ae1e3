// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/partition/grouping.hpp"
#include "kernels/partition/margins.hpp"

namespace weir {

/// One part to be cut from a frame.
struct PlannedPart {
  PixelRect area;       ///< not empty, inside the frame
  float scale = 1;      ///< at which it is sent, above 0 and at most 1
  float finish_ms = 0;  ///< expected, from now
};

/// How frames are cut by content.
struct ContentOptions {
  std::size_t parts = 3;  ///< at most, 1 to RegionGrouping::kMostGroups
  MarginOptions margins;
  PartShape shape;
  float thrift = 0.5F;             ///< as in GroupingPrice
  std::size_t most_regions = 128;  ///< above, neighbouring regions are taken together; 1 to kMostRegions
};

/// Cuts frames round the objects that are expected in them, so that the slowest part is done as early as possible: each
/// region is wholly inside one part, parts may overlap, and workers that would not help get none.
///
/// What Elf (Zhang et al., MobiCom 2021) describes as content-aware partitioning, by another algorithm. Allocates
/// nothing once the largest number of objects has been seen. Thread-compatible; one object per stream.
class ContentPartition {
 public:
  /// Code::invalid names the option that is out of range.
  static Result<ContentPartition> create(const ContentOptions& options);

  /// The parts of the next frame, those of most work first; none where nothing is expected. Valid until the next call.
  /// Frames are 1 to 32768 pixels a side.
  std::span<const PlannedPart> cut(std::span<const ExpectedObject> objects, int width, int height,
                                   const CostModel& cost);

  /// Forgets all objects.
  void reset() { widener_.reset(); }

 private:
  explicit ContentPartition(const ContentOptions& options) : options_(options), widener_(options.margins) {}

  ContentOptions options_;
  RegionWidener widener_;
  RegionGrouping grouping_;
  FinishEstimate finish_;
  std::vector<PartWork> works_;
  std::vector<float> finishes_;
  std::vector<PlannedPart> parts_;
};

}  // namespace weir
