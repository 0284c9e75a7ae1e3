// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/detect/detection.hpp"

namespace weir {

struct NmsOptions {
  float iou = 0.5F;             ///< a box that overlaps a better one of its class by more than this goes
  bool across_classes = false;  ///< true: boxes of different classes suppress each other too
  std::size_t keep = 300;       ///< most boxes kept, the best ones
};

/// Greedy non-maximum suppression per class.
///
/// Boxes with a score, side or position that is not finite, and empty boxes, are dropped. Equal scores are ordered by
/// class and then by their place in the input, so one input has one result. The object is the workspace: it grows to
/// the largest input seen and allocates nothing after that. Thread-compatible: one object per thread.
class Nms {
 public:
  /// Makes room for `count` boxes.
  void reserve(std::size_t count);

  /// Leaves in `boxes` the kept ones, best score first.
  void run(std::vector<Detection>& boxes, const NmsOptions& options = {});

 private:
  void sort_valid(const std::vector<Detection>& boxes);
  bool suppressed(const Detection& box, const NmsOptions& options) const;

  std::vector<std::uint32_t> order_;
  std::vector<Detection> kept_;
};

}  // namespace weir
