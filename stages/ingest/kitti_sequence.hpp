// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/base/status.hpp"
#include "pipeline/clock.hpp"
#include "stages/ingest/kitti_truth.hpp"

namespace weir {

/// One image of a KITTI recording.
struct KittiImage {
  std::string file;
  std::int64_t number = 0;  ///< as in its file name
  Duration time{};          ///< since the first image
};

/// The images of a KITTI recording in order, with what is known of them.
struct KittiSequence {
  std::vector<KittiImage> images;
  KittiTruth truth;
  std::vector<std::string> warnings;
};

/// Finds a recording in one of KITTI's layouts (Geiger et al. 2012, 2013):
///   tracking  .../image_02/SEQ            truth in .../label_02/SEQ.txt
///   raw       DRIVE[/image_02[/data]]     times in image_02/timestamps.txt, truth in DRIVE/label_2/IMAGE.txt if there
///   object    .../image_2                 truth in .../label_2/IMAGE.txt
/// or a plain folder of images. `labels` names another label file or folder; "none" leaves truth out, "" looks by
/// layout. Without time stamps the images of a recording are `1 / fps` apart by their numbers.
Result<KittiSequence> find_kitti_sequence(const std::string& path, double fps, const std::string& labels);

}  // namespace weir
