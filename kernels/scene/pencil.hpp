// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "kernels/scene/canvas.hpp"

namespace weir::scene {

struct Color {
  std::uint8_t r = 0, g = 0, b = 0;
};

/// `color` with each channel multiplied by `factor`, saturating.
Color scale(Color color, double factor);

/// `a` and `b` mixed: `share` 0 gives a, 1 gives b.
Color mix(Color a, Color b, double share);

/// Metres in the camera's frame: x to the right, y up from the road, z ahead.
struct Vec3 {
  double x = 0, y = 0, z = 0;
};

/// Pinhole camera without roll: image x = center + focal x / z, image y = horizon + focal (height - y) / z.
struct View {
  double focal = 721;    ///< pixels
  double center = 621;   ///< pixels; moves with the yaw
  double horizon = 172;  ///< pixels; moves with the pitch
  double height = 1.65;  ///< metres above the road
};

/// What the air and the sun do to a colour.
struct Light {
  double gain = 1;            ///< brightness of the moment
  Color haze{200, 210, 220};  ///< what far things fade to
  double haze_per_metre = 0.003;

  /// The pixel (label 0) of a surface `distance` metres away; `brightness` is the surface's own shade.
  std::uint32_t shade(Color color, double brightness, double distance) const;
};

/// One corner of a prism's outline: along the object, up, and half the object's width there, in metres.
struct Corner {
  double along = 0, up = 0, half = 0;
};

/// Four corners of a flat face in drawing order.
using Quad = std::array<Vec3, 4>;

/// Draws solid things of one object in perspective. Faces point towards the viewer when their corners turn
/// anticlockwise on the picture; others are skipped. Parts nearer than 0.4 m are cut off. Thread-compatible.
class Pencil {
 public:
  static constexpr int kMaxCorners = 14;

  Pencil(Canvas& canvas, const View& view, const Light& light) : canvas_(canvas), view_(view), light_(light) {}

  /// Starts an object that stands at (x, z) and looks along (sine, cosine) of its heading; 0 is the camera's own.
  void begin(double x, double z, double sine, double cosine, std::uint8_t label);

  /// A point of the object: metres ahead of its centre, to its right, and above the road.
  Vec3 at(double ahead, double right, double up) const;

  /// A flat convex face; false when it looks away.
  bool face(std::span<const Vec3> corners, Color color, double brightness);

  /// Part of a face: `a` runs from its first to its last corner, `b` from the first to the second, both 0 to 1.
  void patch(const Quad& quad, double a0, double a1, double b0, double b1, Color color, double brightness);

  /// A disc of the given radius that always looks at the viewer.
  void disc(const Vec3& center, double radius, Color color, double brightness = 1);

  /// A rounded rod from `from` to `to`, at least one pixel thick.
  void rod(const Vec3& from, const Vec3& to, double radius, Color color, double brightness = 1);

  /// A soft shadow on the road below the rectangle ahead +-`half_length`, right +-`half_width`.
  void shadow(double half_length, double half_width);

  /// Pixels that `metres` take at the object's centre.
  double pixels(double metres) const { return metres * view_.focal / depth_; }

  /// Bounds of all the object's projected corners, also beyond the canvas, in pixels.
  double left() const { return left_; }
  double right() const { return right_; }
  double top() const { return top_; }
  double bottom() const { return bottom_; }

 private:
  SubPixel project(const Vec3& p) const;
  void include(double x, double y);
  int project_clipped(std::span<const Vec3> corners, std::span<SubPixel> out) const;

  Canvas& canvas_;
  const View& view_;
  const Light& light_;
  double x_ = 0, z_ = 0, sine_ = 0, cosine_ = 1, depth_ = 1;
  std::uint32_t label_ = 0;
  double left_ = 0, right_ = 0, top_ = 0, bottom_ = 0;
};

/// A solid whose outline (convex, at most six corners, in order front low, front high, rear high, rear low as seen from
/// its right) is drawn out sideways by each corner's half width.
class Prism {
 public:
  Prism(const Pencil& pencil, std::span<const Corner> outline);

  /// Both flanks in one colour; the brightness differs with the side the light comes from.
  void draw_flanks(Pencil& pencil, Color color) const;

  /// The strip between outline corners i and i + 1 (the last one closes the outline).
  void draw_strip(Pencil& pencil, int i, Color color, double brightness) const;

  /// That strip as a face: `a` runs from the object's left to its right, `b` from corner i to i + 1.
  Quad strip(int i) const;

  /// The flank between the first four corners: `a` runs from the front to the rear, `b` up.
  void patch_flanks(Pencil& pencil, double a0, double a1, double b0, double b1, Color color, double brightness) const;

 private:
  int size_;
  std::array<Vec3, 6> left_;
  std::array<Vec3, 6> right_;
};

}  // namespace weir::scene
