// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "kernels/base/status.hpp"
#include "kernels/image/image_view.hpp"
#include "pipeline/payloads.hpp"

namespace weir {

/// What to draw over the frame.
struct DrawOptions {
  bool boxes = true;    ///< in the colour of the class; dashed where the object was not seen in this frame
  bool labels = true;   ///< class, identity and score
  bool badge = true;    ///< outcome and frame number in the corner
  bool truth = false;   ///< labelled boxes, thin and white, where the source has them
  bool parts = true;    ///< what the frame was cut into; dashed: low-resolution looks, and red, parts without an answer
  bool regions = true;  ///< where objects were expected, thin and dotted, with margins

  /// From the launch key `draw`: names out of boxes, labels, badge, truth, parts, regions.
  static Result<DrawOptions> parse(const std::vector<std::string>& names);
};

/// The canvas size for frames of the given size: the next even numbers, as H.264 needs them.
struct CanvasSize {
  int width = 0;
  int height = 0;
  static CanvasSize of(const ImageView& image) { return {(image.width + 1) & ~1, (image.height + 1) & ~1}; }
  bool operator==(const CanvasSize&) const = default;
};

/// What is known of one frame, to be drawn over it; any may be empty.
struct Overlay {
  Packet objects{};  ///< Detections or Tracks
  Packet parts{};    ///< Parts or PartAnswers
  Packet regions{};  ///< Regions
};

/// Draws frames and their answers for people to look at. Thread-compatible; in steady state it allocates nothing.
class Annotator {
 public:
  static Result<std::unique_ptr<Annotator>> create(DrawOptions options);
  virtual ~Annotator() = default;

  /// Fills `canvas` (BGR) with the frame and what is known of it. A frame of another size than the canvas is scaled to
  /// fit, with dark bars. Throws nothing; the frame must not be empty.
  virtual void draw(const Frame& frame, const Stamp& stamp, const Overlay& over, const MutableImageView& canvas) = 0;
};

}  // namespace weir
