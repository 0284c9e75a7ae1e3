// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

#include "kernels/geometry/box.hpp"

namespace weir::train {

/// The classes of Weir's own detector, in the order of its outputs.
enum RoadClass : int { kVehicle = 0, kPedestrian = 1, kCyclist = 2, kMotorcycle = 3, kRoadClasses = 4 };

/// One object to learn from, in pixels of its image.
struct LabelledBox {
  Box box;
  int label = kVehicle;
  float score = 1;  ///< how sure the label is, in (0, 1]: 1 for a person's label or exact truth, a teacher's score else
};

/// One image to learn from. The pixels are shared, never written.
struct Example {
  std::string name;  ///< where it is from, for messages: "kitti_object/000123"
  cv::Mat image;     ///< 8-bit BGR
  std::vector<LabelledBox> boxes;
  std::vector<Box> ignored;  ///< regions whose objects are neither learned nor held against the detector
  bool labelled = false;     ///< false: `boxes` is empty because nobody labelled it, not because nothing is there
};

/// What a reader found and left out.
struct ReadReport {
  int images = 0;
  int boxes = 0;
  int skipped = 0;                    ///< label rows that cannot be true
  int unreadable = 0;                 ///< image files that do not decode; they are left out
  std::vector<std::string> warnings;  ///< one per skipped row or file, "FILE:LINE: what is wrong"; at most 20 are kept
};

}  // namespace weir::train
