// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "kernels/base/random.hpp"
#include "kernels/base/status.hpp"
#include "train/common/data/example.hpp"

namespace weir::train {

/// Unlabelled frames from several folders and videos.
struct FramePool {
  struct Source {
    std::string name;
    std::size_t first = 0, count = 0;
    double share = 0;  ///< of the crops; those of a pool add up to 1
  };

  std::vector<Example> frames;
  std::vector<Source> sources;
  ReadReport report;

  /// The frame of one crop: a source by its share, then one of its frames.
  std::size_t draw(Random& random) const;
};

/// Reads "PATH[:FIRST-LAST][@WEIGHT]" each: a folder of PNG and JPEG files by name, or an .mp4, of which about 60
/// frames are taken; FIRST and LAST count the files from 0 (of a video its frames). A source's share of the crops is
/// its weight, or the square root of its number of frames. Errors: not_found, and invalid for a part that does not
/// read.
Result<FramePool> read_frames(const std::vector<std::string>& sources);

}  // namespace weir::train
