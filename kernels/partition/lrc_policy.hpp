// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "kernels/geometry/box.hpp"

namespace weir {

/// When a low-resolution whole frame (LRC) is sent beside the parts, to find objects that nobody expects.
struct LrcOptions {
  enum class When : std::uint8_t { adaptive, every, never };
  When when = When::adaptive;
  int every = 3;     ///< `every`: each so-manieth frame, at least 1
  int shortest = 2;  ///< `adaptive`: frames from one to the next, at least and
  int longest = 5;   ///< at most; 1 <= shortest <= longest
};

/// Whether a box is so near the left, right or lower border of a frame, where objects come in, that it may have come in
/// there: nearer than half its own size, or than 2 % of the frame's width.
bool at_border(const Box& box, int width, int height);

/// What one frame tells about new objects.
struct LrcSignals {
  float scene_change = 0;  ///< SceneChange::run
  int border_births = 0;   ///< objects that were first expected in this frame, and at a border: more may follow
  bool anything_expected = true;
};

/// Decides frame by frame. Adaptive: an urge grows with time, with the scene's change, with births at the borders, and
/// fastest where nothing is expected at all; at 1 a frame is due. Thread-compatible; one object per stream.
class LrcPolicy {
 public:
  explicit LrcPolicy(const LrcOptions& options) : options_(options) {}

  /// Whether one is due with this frame. To be called for each frame that is cut.
  bool due(const LrcSignals& signals);

  /// The whole frame has been sent: that shows all there is.
  void whole_sent();

 private:
  LrcOptions options_;
  int since_ = 0;  // frames since the last one
  float urge_ = 0;
};

}  // namespace weir
