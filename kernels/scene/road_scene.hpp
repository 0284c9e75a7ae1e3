// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "kernels/detect/detection.hpp"
#include "kernels/image/image_view.hpp"

namespace weir {

/// How much of the scene is drawn.
enum class SceneDetail : std::uint8_t {
  low,   ///< Road, sky and plain objects only: for tiny frames in long runs.
  full,  ///< Scenery, windows, lights, shadows and road texture as well.
};

/// What a RoadScene draws. Values outside the stated range are moved to its nearest end.
struct SceneOptions {
  int width = 1242;        ///< pixels, 16 to 8192
  int height = 375;        ///< pixels, 16 to 8192
  std::uint64_t seed = 1;  ///< chooses the town, its light and everything that moves in it
  double fps = 10;         ///< frames per second of scene time, 0.1 to 1000
  double density = 1;      ///< traffic and people relative to the usual amount, 0 to 2
  double noise = 3;        ///< standard deviation of the sensor noise in grey levels, 0 (none) to 30
  int min_height = 8;      ///< truth boxes less high than this many pixels are left out, 1 to 1000
  SceneDetail detail = SceneDetail::full;
};

/// A drawn drive through a street, seen by a pinhole camera 1.65 m above the road, with exact truth for each frame.
///
/// The focal length is 0.58 of the width and the horizon lies at 0.46 of the height, as in KITTI's recordings (Geiger
/// et al., IJRR 2013, section 3). Frame n depends only on the options and n: frames may be asked for in any order and
/// always have the same bytes; no library function whose rounding differs between platforms is used. After 10^9 seconds
/// of scene time the street stands still. A call allocates nothing but what `truth` needs to grow. Thread-compatible.
class RoadScene {
 public:
  explicit RoadScene(const SceneOptions& options);
  ~RoadScene();
  RoadScene(RoadScene&&) noexcept;
  RoadScene& operator=(RoadScene&&) noexcept;

  /// Draws frame `frame` into `out` (bgr8 or gray8; pixels beyond the options' size stay as they are, a smaller view
  /// gets the upper left part) and replaces `truth` with its objects, nearest first.
  ///
  /// A box bounds exactly the pixels the object would cover if nothing stood before it, within the image. `truncated`
  /// is the part of its projection that lies outside the image, 0 to 1. `occluded` follows the share of its pixels that
  /// other things leave visible: 0 from 80 %, 1 from 40 %, 2 from 10 %. Below that the object is a DontCare with
  /// identity -1, and one with no visible pixel is left out. Identities are positive and last as long as the object.
  void render(std::uint64_t frame, MutableImageView out, std::vector<TruthBox>& truth);

  /// Fills `labels` with one byte per pixel of the last frame, row by row: 0 for scenery, otherwise 1 + the index into
  /// `objects()` of what is seen there.
  void labels(std::vector<std::uint8_t>& labels) const;

  /// Track identities of the objects drawn in the last frame, nearest last, including those too
  /// small or hidden for `truth`.
  const std::vector<std::int64_t>& objects() const;

  const SceneOptions& options() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir
