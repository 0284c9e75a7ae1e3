// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/detect/detection.hpp"

namespace weir {

/// What was found in one part of a frame, in pixels of the frame.
struct PartBox {
  Detection detection;
  std::uint32_t part = 0;  ///< index of the part's area
};

struct PartMergeOptions {
  float iou = 0.5F;        ///< boxes of a class that overlap by more are one object
  float fragment = 0.4F;   ///< the same for a piece of an object and what its part shows of the whole object
  std::size_t keep = 300;  ///< most boxes kept, the best ones
};

/// Makes one list of the boxes found in overlapping or touching parts of a frame: each object once.
///
/// Non-maximum suppression per class that knows the seams. A detector that sees more round an object says what it would
/// say in the whole frame, so a part that shows clearly more round the place of a box is believed: what it says of the
/// place holds, even if it says nothing. A part seen at a smaller scale is not believed against another. Of two
/// complete boxes of one object that stays which has more of its part round it.
///
/// A box that ends at a border of its part which is no border of the frame is a piece of an object. A piece, and a box
/// of an object that reaches out of the piece's part, are one object when they agree on what that part shows, however
/// little they overlap: the more complete box stays, with the better of the two scores. Two pieces that meet at a seam
/// become one box. A piece that nothing accounts for stays.
///
/// Boxes are cut to their part; those that are not finite, empty, or of no part are left out. One input has one result.
/// Costs at most boxes * `keep` comparisons; allocates nothing after the largest input. Thread-compatible.
class PartMerger {
 public:
  /// `areas` are what the parts show, inside a frame of the given size, and `scales`, one for each, at which they were
  /// seen; none: all alike. Replaces `merged`, best score first.
  void run(std::span<const Box> areas, std::span<const PartBox> boxes, float frame_width, float frame_height,
           const PartMergeOptions& options, std::vector<Detection>& merged, std::span<const float> scales = {});

 private:
  // Borders of its part that are inside the frame and at which a box ends.
  struct Cuts {
    bool left = false, top = false, right = false, bottom = false;
    bool any() const { return left || top || right || bottom; }
  };
  struct Candidate {
    Detection detection;
    Box area;
    Cuts cuts;
    float context = 0;
    std::uint32_t part = 0;
    std::uint32_t place = 0;  // in the input
  };

  static Cuts cuts_of(const Box& box, const Box& area, float frame_width, float frame_height);
  static float context_of(const Box& box, const Box& area, float frame_width, float frame_height);
  static bool is_fragment(const Candidate& piece, const Candidate& whole, float least);
  static bool meet(const Candidate& a, const Candidate& b);
  static bool shown_better(const Candidate& box, std::span<const Box> areas, std::span<const float> scales,
                           float frame_width, float frame_height);
  void collect(std::span<const Box> areas, std::span<const float> scales, std::span<const PartBox> boxes,
               float frame_width, float frame_height);
  bool absorbed(const Candidate& next, const PartMergeOptions& options);

  std::vector<Candidate> candidates_;
  std::vector<Candidate> kept_;
};

}  // namespace weir
