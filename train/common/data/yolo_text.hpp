// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "kernels/base/status.hpp"
#include "train/common/data/example.hpp"

namespace weir::train {

/// Reads `folder`/images with `folder`/labels: text rows "class cx cy w h", the class one of COCO's 80, the rest as
/// shares of the image's size.
///
/// Person is learned as pedestrian, bicycle as cyclist, motorcycle as motorcycle; car, bus and truck as vehicles; other
/// classes are dropped. A row that cannot be true is skipped and reported; boxes are cut to their image. An image
/// without a label file is unlabelled. Errors: not_found names the folder.
Result<std::vector<Example>> read_yolo_text(const std::filesystem::path& folder, ReadReport& report);

}  // namespace weir::train
