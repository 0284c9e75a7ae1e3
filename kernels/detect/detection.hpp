// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernels/geometry/box.hpp"

namespace weir {

/// Names of a model's classes; a class id is an index into it.
using ClassNames = std::vector<std::string>;
using ClassNamesPtr = std::shared_ptr<const ClassNames>;

/// One object found by a model.
struct Detection {
  Box box;
  float score = 0;  ///< in [0, 1]
  std::int32_t class_id = 0;
};

/// Whether score and box are finite and the box is not empty.
inline bool is_usable(const Detection& d) {
  const Box& b = d.box;
  return std::isfinite(d.score) && std::isfinite(b.left) && std::isfinite(b.top) && std::isfinite(b.right) &&
         std::isfinite(b.bottom) && b.right > b.left && b.bottom > b.top;
}

/// One object followed over frames.
struct Track {
  Box box;
  float score = 0;  ///< of the last detection, decaying while the track is predicted
  std::int32_t class_id = 0;
  std::int64_t id = 0;      ///< unique within its stream, from 1
  std::int32_t age = 0;     ///< frames since the first detection
  std::int32_t missed = 0;  ///< frames since the last detection; 0 = seen in this frame
};

/// One labelled object of a frame, with KITTI's fields where the source has them.
struct TruthBox {
  Box box;
  std::string type;  ///< KITTI's spelling: Car, Van, Truck, Pedestrian, Person_sitting, Cyclist, Tram, Misc, DontCare
  std::int64_t track_id = -1;
  float truncated = 0;        ///< 0 (whole) to 1 in the object benchmark; 0, 1 or 2 in tracking labels
  std::int32_t occluded = 0;  ///< 0 visible, 1 partly, 2 largely, 3 unknown
};

}  // namespace weir
