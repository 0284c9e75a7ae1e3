// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/geometry/box.hpp"

namespace weir {

/// One object of a frame whose identity is known.
struct IdentifiedBox {
  Box box;
  std::int64_t id = 0;
  std::int32_t class_id = 0;
};

/// The objects of one frame, and the frame's size in pixels.
struct BoxFrame {
  std::int64_t frame = 0;
  int width = 0, height = 0;
  std::vector<IdentifiedBox> boxes;
};

/// The frames of one recording that hold objects, in order of time; frame numbers may leave some out.
struct BoxSequence {
  std::string name;
  std::vector<BoxFrame> frames;
};

/// Reads a table of boxes: the header `seq,frame,track_id,x1,y1,x2,y2,img_w,img_h`, then one row for each box, the rows
/// of a sequence together and by frame; corners in pixels, right and bottom exclusive.
///
/// A track id is class * 1000 + instance, as in KITTI MOTS; class 10 marks regions to ignore, which are left out unless
/// `keep_ignored`. A row on which nothing can be built fails the whole table (Code::corrupt names its line, the value
/// and what is wanted): a column missing or in excess, no number, a box inside out, frames out of order, an id twice in
/// a frame, a size that changes within a frame. A table without rows fails, too. Pure.
Result<std::vector<BoxSequence>> parse_box_table(std::string_view text, bool keep_ignored = false);

/// A KITTI tracking label file (`label_02`) as a sequence; DontCare regions are left out. The labels do not tell the
/// frame's size, so it is given. Code::corrupt where a line cannot be read, or there is none.
Result<BoxSequence> parse_kitti_sequence(std::string_view name, std::string_view text, int width, int height);

}  // namespace weir
