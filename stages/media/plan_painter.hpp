// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <opencv2/core.hpp>

#include "pipeline/payloads.hpp"
#include "stages/media/placement.hpp"

namespace weir {

// What was planned for a frame, drawn on a BGR canvas. `thickness` is that of the boxes of objects. None allocates.

/// The areas of a Parts or PartAnswers packet, nothing for another: crops solid; a low-resolution look dashed, inside
/// the frame's edge; parts without an answer dashed, red.
void draw_parts(cv::Mat& canvas, const Packet& packet, const Placement& where, int thickness);

/// The boxes of a Regions packet, nothing for another: thin and dotted in the colour of the class, and, finer dotted,
/// the box with its margins.
void draw_regions(cv::Mat& canvas, const Packet& packet, const ClassNames* classes, const Placement& where);

}  // namespace weir
