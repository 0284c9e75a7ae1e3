// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "kernels/base/status.hpp"
#include "train/common/data/example.hpp"

namespace weir::train {

// KITTI's recordings (Geiger et al., CVPR 2012, IJRR 2013). Car, Van and Truck are learned as vehicles, Pedestrian and
// Person_sitting as pedestrians, Cyclist as cyclists; every other type, DontCare included, becomes an ignored region.
// A row that cannot be true is skipped and reported; boxes are cut to their image. Errors: not_found names the folder
// or file that is missing.

/// Reads the object benchmark: `folder`/image_2 and label_2, the images whose number n is first <= n < end.
/// An image without a label file is unlabelled.
Result<std::vector<Example>> read_kitti_object(const std::filesystem::path& folder, int first, int end,
                                               ReadReport& report);

/// Reads one sequence ("0002") of the tracking benchmark: `root`/image_02/0002 and label_02/0002.txt. Every image there
/// is labelled, also one without rows.
Result<std::vector<Example>> read_kitti_tracking(const std::filesystem::path& root, std::string_view sequence,
                                                 ReadReport& report);

/// Reads a raw drive: image_02/data, labelled where `drive`/label_2 has a file of the image's name.
Result<std::vector<Example>> read_kitti_raw(const std::filesystem::path& drive, ReadReport& report);

}  // namespace weir::train
