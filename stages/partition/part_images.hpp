// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "kernels/image/preprocess.hpp"
#include "kernels/partition/pixel_rect.hpp"
#include "pipeline/payloads.hpp"
#include "stages/coding/part_encoder.hpp"

namespace weir {

/// Makes the images of a frame's parts: at native resolution they show the frame's own pixels and keep its packet, so
/// nothing is copied; scaled ones have pixels of their own, encoded ones bytes. Thread-compatible; the images are as
/// any packet.
class PartImages {
 public:
  /// From now on parts are encoded; those that cannot be (grey) stay as they are.
  Status encode_as(ImageEncoding encoding, int quality);

  /// The frame that the next parts are of; it holds a Frame whose image is not empty.
  void begin(const Packet& frame);

  /// A part of the frame; `area` lies inside it, and scales from 1 up leave it as it is. Scaled sides are rounded up to
  /// even numbers.
  Part make(const PixelRect& area, PartKind kind, double scale = 1);

  /// All of the frame.
  Part whole(PartKind kind = PartKind::whole, double scale = 1);

  /// Lets go of the frame; its parts keep it as long as they need it.
  void end() { keeper_.reset(); }

 private:
  PreprocessPlan* plan_for(int width, int height);
  void encode(Frame& image);

  static constexpr std::size_t kMostPlans = 8;

  std::shared_ptr<detail::Pool<Frame>> pool_ = std::make_shared<detail::Pool<Frame>>();
  std::shared_ptr<const Packet> keeper_;
  std::vector<PreprocessPlan> plans_;  // by their last use, the latest at the end
  ImageEncoding encoding_ = ImageEncoding::raw;
  std::unique_ptr<PartEncoder> encoder_;  // unless raw
};

}  // namespace weir
