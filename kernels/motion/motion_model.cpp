// SPDX-License-Identifier: Apache-2.0
#include "kernels/motion/motion_model.hpp"

#include <cmath>

namespace weir {
namespace {

constexpr int kTrials = 64, kRefits = 3;
constexpr int kLeastAgreeing = 8;
constexpr float kMostGrowth = 0.25F;

float squared(float value) { return value * value; }

bool agrees(const PictureMotion& motion, const FlowPoint& p, float tolerance) {
  return squared(p.dx - motion.x_at(p.x)) + squared(p.dy - motion.y_at(p.y)) <= squared(tolerance);
}

/// Least squares over the points marked; false where they do not tell it.
bool solve(std::span<const FlowPoint> points, std::span<const char> used, PictureMotion& motion) {
  double n = 0, x = 0, y = 0, dx = 0, dy = 0, spread = 0, growing = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (used[i] == 0) continue;
    const double px = points[i].x - motion.center_x, py = points[i].y - motion.center_y;
    n += 1;
    x += px;
    y += py;
    dx += points[i].dx;
    dy += points[i].dy;
    spread += px * px + py * py;
    growing += px * points[i].dx + py * points[i].dy;
  }
  spread -= (x * x + y * y) / n;
  growing -= (x * dx + y * dy) / n;
  if (!(spread > 1)) return false;
  const double growth = growing / spread;
  motion.growth = static_cast<float>(growth);
  motion.shift_x = static_cast<float>((dx - growth * x) / n);
  motion.shift_y = static_cast<float>((dy - growth * y) / n);
  return std::abs(growth) <= kMostGrowth;
}

}  // namespace

PictureMotion MotionFit::fit(std::span<const FlowPoint> points, float center_x, float center_y, float tolerance,
                             Random& random) {
  PictureMotion none;
  none.center_x = center_x;
  none.center_y = center_y;
  none.points = static_cast<int>(points.size());
  if (points.size() < kLeastAgreeing) return none;
  PictureMotion best = none;
  for (int trial = 0; trial < kTrials; ++trial) {
    agrees_.assign(points.size(), 0);
    agrees_[random.below(points.size())] = 1;
    agrees_[random.below(points.size())] = 1;
    PictureMotion motion = none;
    if (!solve(points, agrees_, motion)) continue;
    for (const FlowPoint& point : points) motion.agreeing += agrees(motion, point, tolerance) ? 1 : 0;
    if (motion.agreeing > best.agreeing) best = motion;
  }
  for (int round = 0; round < kRefits && best.agreeing > 1; ++round) {
    PictureMotion motion = none;
    for (std::size_t i = 0; i < points.size(); ++i) {
      agrees_[i] = agrees(best, points[i], tolerance) ? 1 : 0;
      motion.agreeing += agrees_[i];
    }
    if (!solve(points, agrees_, motion)) return none;
    best = motion;
  }
  if (best.agreeing < kLeastAgreeing || 3 * best.agreeing < best.points) return none;
  best.known = true;
  return best;
}

}  // namespace weir
