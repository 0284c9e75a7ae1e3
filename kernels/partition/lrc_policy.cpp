// SPDX-License-Identifier: Apache-2.0
#include "kernels/partition/lrc_policy.hpp"

#include <algorithm>

namespace weir {
namespace {

constexpr float kOfChange = 4;    // urge per unit of change: a drive changes by 0.02 to 0.08 per frame
constexpr float kOfBirth = 0.3F;  // per object that came in at a border
constexpr float kOfNothing = 0.5F;

}  // namespace

bool at_border(const Box& box, int width, int height) {
  const float w = static_cast<float>(width), h = static_cast<float>(height), near = 0.02F * w;
  const float x = std::max(near, 0.5F * box.width());
  return box.left < x || box.right > w - x || box.bottom > h - near;
}

bool LrcPolicy::due(const LrcSignals& signals) {
  ++since_;
  if (options_.when == LrcOptions::When::never) return false;
  bool now = since_ >= options_.every;
  if (options_.when == LrcOptions::When::adaptive) {
    urge_ += kOfChange * signals.scene_change + kOfBirth * static_cast<float>(signals.border_births) +
             (signals.anything_expected ? 0 : kOfNothing);
    now = since_ >= options_.longest || (since_ >= options_.shortest && urge_ >= 1);
  }
  if (now) whole_sent();
  return now;
}

void LrcPolicy::whole_sent() {
  since_ = 0;
  urge_ = 0;
}

}  // namespace weir
