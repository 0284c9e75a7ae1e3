// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/base/random.hpp"
#include "kernels/scene/shapes.hpp"

namespace weir::scene {
namespace {

constexpr std::array<Color, 14> kPaints{{{225, 226, 228},
                                         {228, 229, 230},
                                         {170, 174, 178},
                                         {120, 124, 130},
                                         {72, 76, 82},
                                         {34, 36, 40},
                                         {40, 42, 48},
                                         {150, 28, 30},
                                         {182, 44, 36},
                                         {34, 62, 120},
                                         {60, 100, 160},
                                         {40, 84, 62},
                                         {196, 160, 60},
                                         {130, 104, 80}}};
constexpr Color kGlass{52, 62, 74};
constexpr Color kTyre{26, 26, 28};
constexpr Color kRim{150, 152, 156};
constexpr Color kPlastic{38, 39, 42};
constexpr Color kHeadlight{246, 244, 226};
constexpr Color kTaillight{170, 22, 22};
constexpr Color kBrakelight{255, 60, 44};
constexpr Color kPlate{232, 232, 220};

void draw_wheel(Pencil& pencil, double along, double side, double radius, Color color, double size) {
  std::array<Vec3, 10> rim;
  constexpr std::array<double, 10> kCos{1, 0.809, 0.309, -0.309, -0.809, -1, -0.809, -0.309, 0.309, 0.809};
  constexpr std::array<double, 10> kSin{0, 0.588, 0.951, 0.951, 0.588, 0, -0.588, -0.951, -0.951, -0.588};
  for (int i = 0; i < 10; ++i) {
    const int k = side > 0 ? i : 9 - i;
    rim[i] = pencil.at(along + kCos[k] * radius * size, side, radius + kSin[k] * radius * size);
  }
  pencil.face(rim, color, 1);
}

void draw_wheels(Pencil& pencil, const Actor& actor, double radius, double front, double rear) {
  const double half = actor.width / 2;
  for (const double side : {-half - 0.02, half + 0.02}) {
    for (const double along : {front, rear}) {
      draw_wheel(pencil, along, side, radius, kTyre, 1);
      if (pencil.pixels(radius) > 4) draw_wheel(pencil, along, side, radius, kRim, 0.6);
    }
  }
}

/// Tyres and the dark underside, drawn first so that the body hides what is above its sill.
void draw_underside(Pencil& pencil, const Actor& actor, double radius, double front, double rear) {
  const double half = actor.width / 2;
  for (const double along : {rear, front}) {
    for (const double side : {-half + 0.12, half - 0.12}) {
      const double behind = along - radius;
      const Quad back{pencil.at(behind, side - 0.1, 0.9 * radius), pencil.at(behind, side - 0.1, 0),
                      pencil.at(behind, side + 0.1, 0), pencil.at(behind, side + 0.1, 0.9 * radius)};
      const Quad ahead{back[3], back[2], back[1], back[0]};
      pencil.face(back, kTyre, 1);
      pencil.face(ahead, kTyre, 1);
    }
  }
}

/// Lights, plate and grille on the low front strip (b up) and the low rear strip (b down).
void draw_ends(Pencil& pencil, const Quad& front, const Quad& rear, const Actor& actor) {
  pencil.patch(front, 0, 1, 0, 0.28, kPlastic, 1);
  pencil.patch(front, 0.3, 0.7, 0.5, 0.85, kPlastic, 0.9);
  pencil.patch(front, 0.04, 0.24, 0.6, 0.92, kHeadlight, 1);
  pencil.patch(front, 0.76, 0.96, 0.6, 0.92, kHeadlight, 1);
  pencil.patch(front, 0.37, 0.63, 0.22, 0.42, kPlate, 1);
  const Color lamp = actor.braking ? kBrakelight : kTaillight;
  pencil.patch(rear, 0, 1, 0.76, 1, kPlastic, 1);
  pencil.patch(rear, 0.02, 0.2, 0.08, 0.4, lamp, 1);
  pencil.patch(rear, 0.8, 0.98, 0.08, 0.4, lamp, 1);
  pencil.patch(rear, 0.36, 0.64, 0.4, 0.62, kPlate, 1);
}

/// The closed shape of a body: a lower part up to the window line and the cabin on it.
struct Body {
  double belt;                    ///< window line, share of the height
  double nose;                    ///< height of the front edge, share of the height
  double base_front, roof_front;  ///< cabin's outline along the body, share of the length (0.5 is the front)
  double roof_rear, base_rear;
  double narrow;  ///< roof width against the body's
};

constexpr std::array<Body, 4> kCars{{
    {0.60, 0.50, 0.22, 0.05, -0.22, -0.41, 0.76},   // saloon
    {0.60, 0.52, 0.26, 0.09, -0.38, -0.48, 0.78},   // hatchback
    {0.61, 0.52, 0.24, 0.08, -0.44, -0.495, 0.80},  // estate
    {0.58, 0.54, 0.24, 0.12, -0.41, -0.485, 0.84},  // off-roader
}};
constexpr Body kVan{0.50, 0.42, 0.42, 0.26, -0.485, -0.495, 0.90};

void draw_body(Pencil& pencil, const Actor& actor, const Body& body, Color paint, bool details) {
  const double length = actor.length;
  const double height = actor.height;
  const double half = actor.width / 2;
  const double radius = actor.kind == Kind::van ? 0.35 : 0.32;
  const double sill = 0.6 * radius;
  const double belt = body.belt * height;
  draw_underside(pencil, actor, radius, 0.31 * length, -0.3 * length);
  const std::array<Corner, 6> low{{{0.5 * length, sill, half * 0.96},
                                   {0.5 * length, body.nose * height, half * 0.94},
                                   {body.base_front * length + 0.15, belt, half},
                                   {-0.47 * length, belt, half},
                                   {-0.5 * length, belt - 0.08, half * 0.95},
                                   {-0.5 * length, sill + 0.05, half * 0.96}}};
  const Prism lower(pencil, low);
  const std::array<Corner, 4> top{{{body.base_front * length, belt - 0.02, half * 0.96},
                                   {body.roof_front * length, height, half * body.narrow},
                                   {body.roof_rear * length, height, half * body.narrow},
                                   {body.base_rear * length, belt - 0.02, half * 0.96}}};
  const Prism cabin(pencil, top);
  lower.draw_flanks(pencil, paint);
  lower.draw_strip(pencil, 0, paint, 0.92);
  for (int i = 1; i <= 3; ++i) lower.draw_strip(pencil, i, paint, i == 3 ? 0.9 : 1.08);
  lower.draw_strip(pencil, 4, paint, 0.86);
  if (details) draw_ends(pencil, lower.strip(0), lower.strip(4), actor);
  draw_wheels(pencil, actor, radius, 0.31 * length, -0.3 * length);
  cabin.draw_flanks(pencil, paint);
  cabin.draw_strip(pencil, 0, paint, 0.9);
  cabin.draw_strip(pencil, 1, paint, 1.12);
  cabin.draw_strip(pencil, 2, paint, 0.88);
  pencil.patch(cabin.strip(0), 0.06, 0.94, 0.06, 0.9, kGlass, 1.15);
  const bool panel_van = actor.kind == Kind::van && (actor.look & 1) != 0;
  if (panel_van) {
    pencil.patch(cabin.strip(2), 0.08, 0.46, 0.2, 0.5, kGlass, 0.9);
    pencil.patch(cabin.strip(2), 0.54, 0.92, 0.2, 0.5, kGlass, 0.9);
    cabin.patch_flanks(pencil, 0.05, 0.24, 0.12, 0.86, kGlass, 1);
  } else {
    pencil.patch(cabin.strip(2), 0.08, 0.92, 0.1, 0.9, kGlass, 0.95);
    cabin.patch_flanks(pencil, 0.06, 0.46, 0.1, 0.86, kGlass, 1);
    cabin.patch_flanks(pencil, 0.51, 0.94, 0.1, 0.86, kGlass, 0.95);
  }
}

std::array<Corner, 4> block(double front, double rear, double low, double high, double half) {
  return {{{front, low, half}, {front, high, half}, {rear, high, half}, {rear, low, half}}};
}

void draw_load(Pencil& pencil, const Actor& actor, double split, Color paint, bool details) {
  constexpr std::array<Color, 5> kCargo{
      {{214, 214, 210}, {196, 188, 170}, {70, 104, 150}, {168, 62, 50}, {90, 120, 84}}};
  const Color cargo = kCargo[Random(actor.look).below(kCargo.size())];
  const Prism load(pencil, block(split, -0.5 * actor.length, 0.8, actor.height, actor.width / 2));
  load.draw_flanks(pencil, cargo);
  load.draw_strip(pencil, 0, cargo, 0.9);
  load.draw_strip(pencil, 2, cargo, 0.85);
  if (!details) return;
  load.patch_flanks(pencil, 0.2, 0.8, 0.35, 0.65, mix(cargo, paint, 0.7), 0.95);
  pencil.patch(load.strip(2), 0.49, 0.51, 0.05, 0.95, kPlastic, 1);
  pencil.patch(load.strip(2), 0.02, 0.98, 0.95, 1, kPlastic, 1);
}

void draw_cab(Pencil& pencil, const Actor& actor, double split, Color paint, bool details) {
  const double front = 0.5 * actor.length;
  const double rear = split + 0.1;
  const double half = actor.width / 2;
  const double roof = 0.8 * actor.height;
  constexpr double kBelt = 1.35;
  const Prism lower(pencil, block(front, rear, 0.42, kBelt, half * 0.95));
  const Prism upper(pencil, std::array<Corner, 4>{{{front, kBelt, half * 0.95},
                                                   {0.46 * actor.length, roof, half * 0.88},
                                                   {rear, roof, half * 0.88},
                                                   {rear, kBelt, half * 0.95}}});
  lower.draw_flanks(pencil, paint);
  lower.draw_strip(pencil, 0, paint, 0.92);
  upper.draw_flanks(pencil, paint);
  upper.draw_strip(pencil, 0, paint, 0.92);
  upper.draw_strip(pencil, 1, paint, 1.1);
  pencil.patch(upper.strip(0), 0.06, 0.94, 0.1, 0.78, kGlass, 1.15);
  upper.patch_flanks(pencil, 0.12, 0.8, 0.05, 0.75, kGlass, 1);
  if (!details) return;
  pencil.patch(lower.strip(0), 0.2, 0.8, 0.35, 0.85, kPlastic, 1);
  pencil.patch(lower.strip(0), 0.03, 0.18, 0.15, 0.38, kHeadlight, 1);
  pencil.patch(lower.strip(0), 0.82, 0.97, 0.15, 0.38, kHeadlight, 1);
}

void draw_truck(Pencil& pencil, const Actor& actor, Color paint, bool details) {
  const double length = actor.length;
  constexpr double kRadius = 0.46;
  const double front_axle = 0.36 * length;
  const double rear_axle = -0.3 * length;
  const double split = 0.22 * length;  // between the cab and the load
  draw_underside(pencil, actor, kRadius, front_axle, rear_axle);
  const Prism chassis(pencil, block(0.48 * length, -0.5 * length, 0.4, 0.85, actor.width * 0.35));
  chassis.draw_flanks(pencil, kPlastic);
  chassis.draw_strip(pencil, 2, kPlastic, 0.8);
  const Color lamp = actor.braking ? kBrakelight : kTaillight;
  pencil.patch(chassis.strip(2), 0.02, 0.2, 0.2, 0.6, lamp, 1);
  pencil.patch(chassis.strip(2), 0.8, 0.98, 0.2, 0.6, lamp, 1);
  if (pencil.at(1, 0, 0).z < pencil.at(-1, 0, 0).z) {
    draw_load(pencil, actor, split, paint, details);
    draw_cab(pencil, actor, split, paint, details);
  } else {
    draw_cab(pencil, actor, split, paint, details);
    draw_load(pencil, actor, split, paint, details);
  }
  draw_wheels(pencil, actor, kRadius, front_axle, rear_axle);
}

}  // namespace

void draw_vehicle(Pencil& pencil, const Actor& actor, bool details) {
  const Color paint = kPaints[(actor.look >> 8) % kPaints.size()];
  details = details && pencil.pixels(actor.height) > 14;
  if (actor.kind == Kind::truck) {
    draw_truck(pencil, actor, paint, details);
  } else {
    const Body& body = actor.kind == Kind::van ? kVan : kCars[(actor.look >> 20) % kCars.size()];
    draw_body(pencil, actor, body, paint, details);
  }
}

}  // namespace weir::scene
