// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>

#include "kernels/base/random.hpp"
#include "kernels/scene/shapes.hpp"

namespace weir::scene {
namespace {

constexpr std::array<Color, 5> kSkins{{{236, 200, 174}, {222, 178, 148}, {190, 140, 106}, {132, 92, 66}, {92, 62, 46}}};
constexpr std::array<Color, 6> kHairs{
    {{30, 24, 22}, {58, 40, 28}, {96, 66, 38}, {168, 132, 80}, {150, 150, 150}, {24, 22, 26}}};
constexpr std::array<Color, 12> kTops{{{190, 40, 44},
                                       {40, 70, 150},
                                       {230, 228, 222},
                                       {36, 38, 44},
                                       {60, 120, 80},
                                       {214, 172, 60},
                                       {120, 70, 130},
                                       {90, 140, 180},
                                       {206, 120, 60},
                                       {110, 110, 114},
                                       {226, 150, 170},
                                       {70, 60, 52}}};
constexpr std::array<Color, 6> kTrousers{
    {{40, 46, 70}, {30, 30, 34}, {92, 96, 104}, {110, 92, 70}, {62, 80, 118}, {150, 140, 122}}};
constexpr Color kRubber{24, 24, 26};

/// Clothes and build of one person.
struct Dress {
  explicit Dress(std::uint64_t look) {
    Random random(look);
    skin = kSkins[random.below(kSkins.size())];
    hair = kHairs[random.below(kHairs.size())];
    top = kTops[random.below(kTops.size())];
    trousers = kTrousers[random.below(kTrousers.size())];
    stout = random.uniform(0.9, 1.2);
    skirt = random.uniform() < 0.2;
    backpack = random.uniform() < 0.25;
    bag = random.uniform() < 0.2;
    helmet = random.uniform() < 0.5;
  }
  Color skin, hair, top, trousers;
  double stout;
  bool skirt, backpack, bag, helmet;
};

/// +1 when the right side of what the pencil draws is nearer to the viewer, else -1.
double near_side(const Pencil& pencil) {
  const Vec3 right = pencil.at(0, 0.2, 1);
  const Vec3 left = pencil.at(0, -0.2, 1);
  return right.x * right.x + right.z * right.z < left.x * left.x + left.z * left.z ? 1 : -1;
}

bool looks_away(const Pencil& pencil) { return pencil.at(1, 0, 0).z > pencil.at(0, 0, 0).z + 0.2; }

void draw_head(Pencil& pencil, double ahead, double up, double radius, const Dress& dress, bool helmet) {
  const Vec3 center = pencil.at(ahead, 0, up);
  const Color cap = helmet ? dress.top : dress.hair;
  const bool away = looks_away(pencil);
  if (!away) pencil.disc(pencil.at(ahead - 0.02, 0, up + 0.25 * radius), radius * 1.05, cap, helmet ? 1.15 : 1);
  pencil.rod(pencil.at(ahead, 0, up - 0.35 * radius), pencil.at(ahead + 0.01, 0, up), radius * 0.86, dress.skin,
             away ? 0.85 : 1);
  if (away) pencil.rod(center, pencil.at(ahead, 0, up + 0.2 * radius), radius, cap, helmet ? 1.15 : 1);
}

void draw_leg(Pencil& pencil, double swing, double side, double height, const Dress& dress, double brightness) {
  const double hip = 0.5 * height;
  const double stride = 0.15 * height * swing;
  const double lift = swing < 0 ? 0.05 * height * -swing : 0;
  const double v = 0.055 * height * side;
  const Vec3 knee = pencil.at(0.55 * stride + 0.03 * height, v, 0.27 * height + 0.4 * lift);
  const Vec3 ankle = pencil.at(stride - 0.4 * lift, v, 0.045 * height + lift);
  const Color lower = dress.skirt ? dress.skin : dress.trousers;
  pencil.rod(pencil.at(0, v, hip), knee, 0.05 * height * dress.stout, lower, brightness);
  pencil.rod(knee, ankle, 0.036 * height, lower, brightness);
  if (pencil.pixels(height) > 24) {
    const Vec3 toe = pencil.at(stride + 0.07 * height - 0.4 * lift, v, 0.022 * height + lift);
    pencil.rod(ankle, toe, 0.022 * height, kRubber, brightness);
  }
}

void draw_arm(Pencil& pencil, double swing, double side, double height, const Dress& dress, double brightness) {
  const double v = 0.125 * height * side * dress.stout;
  const Vec3 elbow = pencil.at(0.05 * height * swing, v * 1.08, 0.63 * height);
  const Vec3 hand = pencil.at(0.13 * height * swing + 0.02 * height, v, 0.49 * height);
  pencil.rod(pencil.at(0, v, 0.79 * height), elbow, 0.032 * height, dress.top, brightness);
  pencil.rod(elbow, hand, 0.026 * height, dress.top, brightness);
  if (pencil.pixels(height) > 30) pencil.disc(hand, 0.025 * height, dress.skin, brightness);
}

/// Torso from the hips at (`hip_ahead`, `hip_up`) to the shoulders.
void draw_torso(Pencil& pencil, double hip_ahead, double hip_up, double ahead, double up, double height,
                const Dress& dress) {
  const double v = 0.065 * height * dress.stout;
  const double radius = 0.062 * height * dress.stout;
  const double near = near_side(pencil);
  for (const double side : {-near, 0.0, near}) {
    pencil.rod(pencil.at(hip_ahead, 0.75 * v * side, hip_up), pencil.at(ahead, v * side, up), radius, dress.top,
               side == near ? 1.0 : 0.93);
  }
}

void draw_tyre(Pencil& pencil, double along, double radius) {
  constexpr int kParts = 12;
  Vec3 last = pencil.at(along + radius, 0, radius);
  for (int i = 1; i <= kParts; ++i) {
    const double turn = static_cast<double>(i) / kParts;
    const Vec3 next = pencil.at(along + radius * wave(turn + 0.25), 0, radius + 0.95 * radius * wave(turn));
    pencil.rod(last, next, 0.026, kRubber);
    last = next;
  }
}

void draw_bicycle(Pencil& pencil, double phase, Color paint) {
  constexpr double kRadius = 0.34;
  constexpr double kAxle = 0.53;
  draw_tyre(pencil, -kAxle, kRadius);
  draw_tyre(pencil, kAxle, kRadius);
  const Vec3 rear = pencil.at(-kAxle, 0, kRadius);
  const Vec3 crank = pencil.at(-0.08, 0, 0.3);
  const Vec3 saddle = pencil.at(-0.22, 0, 0.9);
  const Vec3 head = pencil.at(0.36, 0, 0.86);
  const Vec3 bars = pencil.at(0.36, 0, 1.02);
  constexpr double kTube = 0.022;
  pencil.rod(rear, crank, kTube, paint);
  pencil.rod(rear, saddle, kTube, paint);
  pencil.rod(crank, saddle, kTube, paint);
  pencil.rod(crank, head, kTube, paint);
  pencil.rod(saddle, head, kTube, paint);
  pencil.rod(pencil.at(kAxle, 0, kRadius), bars, kTube, paint);
  pencil.rod(pencil.at(0.4, -0.26, 1.03), pencil.at(0.4, 0.26, 1.03), kTube, kRubber);
  pencil.rod(pencil.at(-0.3, 0, 0.93), pencil.at(-0.12, 0, 0.93), 0.035, kRubber);
  if (pencil.pixels(1) > 40) {
    for (int i = 0; i < 3; ++i) {
      const double turn = phase * 2.4 + i / 6.0;
      const double u = 0.33 * wave(turn + 0.25);
      const double w = 0.33 * wave(turn);
      for (const double axle : {-kAxle, kAxle}) {
        pencil.rod(pencil.at(axle - u, 0, kRadius - w), pencil.at(axle + u, 0, kRadius + w), 0.004, {150, 150, 150});
      }
    }
  }
}

void draw_riding_leg(Pencil& pencil, double phase, double side, const Dress& dress, double brightness) {
  const double v = 0.09 * side;
  const Vec3 pedal = pencil.at(-0.08 + 0.17 * wave(phase + 0.25), v, 0.3 + 0.17 * wave(phase));
  const Vec3 knee = pencil.at(0.16 + 0.08 * wave(phase + 0.2), v * 1.2, 0.72 + 0.1 * wave(phase));
  pencil.rod(pencil.at(-0.2, v, 0.95), knee, 0.078 * dress.stout, dress.trousers, brightness);
  pencil.rod(knee, pedal, 0.055, dress.trousers, brightness);
  pencil.rod(pedal, pencil.at(0.05 + 0.17 * wave(phase + 0.25), v, 0.29 + 0.17 * wave(phase)), 0.04, kRubber);
}

}  // namespace

void draw_pedestrian(Pencil& pencil, const Actor& actor) {
  const Dress dress(actor.look);
  const double height = actor.height;
  const double near = near_side(pencil);
  const double swing = wave(actor.phase);
  const bool fine = pencil.pixels(height) > 16;
  const bool away = looks_away(pencil);
  draw_leg(pencil, -swing * near, -near, height, dress, 0.8);
  if (fine) draw_arm(pencil, swing * near, -near, height, dress, 0.78);
  draw_leg(pencil, swing * near, near, height, dress, 1);
  const double pack_ahead = -0.1 * height;
  const auto draw_pack = [&] {
    pencil.rod(pencil.at(pack_ahead, 0, 0.6 * height), pencil.at(pack_ahead, 0, 0.74 * height), 0.085 * height,
               mix(dress.trousers, dress.hair, 0.5), 1.1);
  };
  if (dress.backpack && !away) draw_pack();
  if (dress.skirt) {
    pencil.rod(pencil.at(0, 0, 0.5 * height), pencil.at(0, 0, 0.38 * height), 0.085 * height, dress.trousers);
    pencil.rod(pencil.at(0, 0, 0.38 * height), pencil.at(0, 0, 0.33 * height), 0.1 * height, dress.trousers, 0.95);
  }
  draw_torso(pencil, 0, 0.53 * height, 0.01 * height, 0.77 * height, height, dress);
  if (dress.backpack && away) draw_pack();
  if (fine) draw_arm(pencil, -swing * near, near, height, dress, 0.9);
  if (dress.bag && fine) {
    pencil.rod(pencil.at(0, 0.16 * height * near, 0.42 * height), pencil.at(0.05, 0.16 * height * near, 0.36 * height),
               0.06 * height, dress.hair, 1.2);
  }
  pencil.rod(pencil.at(0.01, 0, 0.8 * height), pencil.at(0.01, 0, 0.87 * height), 0.03 * height, dress.skin, 0.85);
  draw_head(pencil, 0.015, 0.925 * height, 0.07 * height, dress, false);
}

void draw_cyclist(Pencil& pencil, const Actor& actor) {
  const Dress dress(actor.look);
  const double near = near_side(pencil);
  const double rider = actor.height / 1.76;
  const Color paint = kTops[(actor.look >> 32) % kTops.size()];
  draw_riding_leg(pencil, actor.phase + 0.5, -near, dress, 0.8);
  if (!looks_away(pencil)) {
    draw_torso(pencil, -0.2, 0.98, 0.16, 1.38 * rider, 1.75, dress);
    draw_bicycle(pencil, actor.phase, paint);
  } else {
    draw_bicycle(pencil, actor.phase, paint);
    draw_torso(pencil, -0.2, 0.98, 0.16, 1.38 * rider, 1.75, dress);
  }
  draw_riding_leg(pencil, actor.phase, near, dress, 1);
  for (const double side : {-near, near}) {
    const Vec3 elbow = pencil.at(0.28, 0.22 * side, 1.15);
    const double brightness = side == near ? 0.92 : 0.78;
    pencil.rod(pencil.at(0.16, 0.17 * side, 1.38 * rider), elbow, 0.052, dress.top, brightness);
    pencil.rod(elbow, pencil.at(0.4, 0.23 * side, 1.05), 0.042, dress.skin, brightness);
  }
  pencil.rod(pencil.at(0.2, 0, 1.42 * rider), pencil.at(0.24, 0, 1.52 * rider), 0.05, dress.skin, 0.85);
  draw_head(pencil, 0.26, 1.64 * rider, 0.12, dress, dress.helmet);
}

}  // namespace weir::scene
