// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/base/random.hpp"
#include "kernels/scene/shapes.hpp"

namespace weir::scene {
namespace {

constexpr std::array<Color, 8> kWalls{{{204, 192, 170},
                                       {186, 150, 120},
                                       {160, 96, 78},
                                       {214, 210, 200},
                                       {172, 172, 168},
                                       {206, 184, 136},
                                       {140, 120, 104},
                                       {188, 198, 204}}};
constexpr std::array<Color, 3> kRoofs{{{120, 66, 52}, {84, 80, 82}, {104, 84, 70}}};
constexpr std::array<Color, 5> kLeaves{{{62, 96, 44}, {84, 112, 50}, {48, 80, 46}, {104, 118, 58}, {70, 104, 70}}};
constexpr std::array<Color, 5> kCrates{{{52, 92, 62}, {150, 118, 78}, {70, 80, 104}, {186, 160, 60}, {126, 128, 130}}};
constexpr Color kMetal{108, 112, 116};
constexpr Color kBark{84, 68, 54};

std::array<Corner, 4> cuboid(double length, double low, double high, double half) {
  return {{{length / 2, low, half}, {length / 2, high, half}, {-length / 2, high, half}, {-length / 2, low, half}}};
}

void draw_windows(Pencil& pencil, const Prism& walls, const Actor& actor, bool rear) {
  const int floors = std::max(1, static_cast<int>(actor.height / 2.9));
  const int columns = std::max(1, static_cast<int>((rear ? actor.width : actor.length) / 2.4));
  Random random(actor.look ^ 77);
  const Color glass = mix({58, 68, 82}, {120, 134, 150}, random.uniform());
  for (int floor = 0; floor < floors; ++floor) {
    const double b0 = (floor + 0.32) / floors;
    const double b1 = (floor + 0.78) / floors;
    for (int column = 0; column < columns; ++column) {
      const double a0 = (column + 0.27) / columns;
      const double a1 = (column + 0.73) / columns;
      if (rear) {
        pencil.patch(walls.strip(2), a0, a1, 1 - b1, 1 - b0, glass, 0.9);
      } else {
        const bool door = floor == 0 && column == columns / 2;
        walls.patch_flanks(pencil, a0, a1, door ? 0.02 / floors : b0, b1, door ? Color{96, 66, 48} : glass, 0.95);
      }
    }
  }
}

void draw_building(Pencil& pencil, const Actor& actor) {
  Random random(actor.look);
  const Color plaster = kWalls[random.below(kWalls.size())];
  const Color wall = scale(plaster, random.uniform(0.85, 1.08));
  const Color roof = kRoofs[random.below(kRoofs.size())];
  const double half = actor.width / 2;
  const Prism walls(pencil, cuboid(actor.length, 0, actor.height, half));
  const bool gable = actor.height < 8;
  walls.draw_flanks(pencil, wall);
  walls.draw_strip(pencil, 2, wall, 0.8);
  if (pencil.pixels(1) > 7) {
    draw_windows(pencil, walls, actor, false);
    if (pencil.pixels(1) > 14) draw_windows(pencil, walls, actor, true);
    walls.patch_flanks(pencil, 0, 1, 0, 0.3 / actor.height, scale(wall, 0.7), 0.9);
  }
  if (gable) {
    const double eaves = actor.length / 2 + 0.25;
    const std::array<Corner, 3> outline{
        {{eaves, actor.height, half + 0.3}, {0, actor.height + 2.6, half - 0.6}, {-eaves, actor.height, half + 0.3}}};
    const Prism top(pencil, outline);
    top.draw_flanks(pencil, roof);
    top.draw_strip(pencil, 1, roof, 0.9);
  } else {
    walls.patch_flanks(pencil, 0, 1, 0.965, 1, scale(wall, 0.75), 1);
  }
}

void draw_tree(Pencil& pencil, const Actor& actor) {
  Random random(actor.look);
  const double height = actor.height;
  const Color green = kLeaves[random.below(kLeaves.size())];
  const Color leaf = scale(green, random.uniform(0.85, 1.1));
  const double crown = height * random.uniform(0.22, 0.3);
  pencil.rod(pencil.at(0, 0, 0), pencil.at(0, 0, 0.6 * height), 0.025 * height, kBark, 0.9);
  const double size = pencil.pixels(height);
  const int blobs = size > 90 ? 26 : size > 20 ? 8 : 2;
  for (int i = 0; i < blobs; ++i) {
    const double share = static_cast<double>(i) / blobs;
    const double round = 1 - 0.5 * std::abs(2 * share - 1);
    const double right = random.uniform(-0.95, 0.95) * crown * round;
    const double up = height - crown + (share - 0.75) * crown * 1.4;
    const double radius = crown * random.uniform(0.55, 0.85) * (blobs > 8 ? 0.55 : 1);
    pencil.disc(pencil.at(0, right, up), radius, leaf, 0.66 + 0.42 * share + random.uniform(-0.06, 0.06));
  }
}

void draw_lamp(Pencil& pencil, const Actor& actor) {
  const double arm = actor.x > 0 ? -1.6 : 1.6;
  pencil.rod(pencil.at(0, 0, 0), pencil.at(0, 0, actor.height), 0.07, kMetal);
  pencil.rod(pencil.at(0, 0, actor.height), pencil.at(0, arm, actor.height + 0.3), 0.05, kMetal);
  pencil.rod(pencil.at(0, arm * 0.8, actor.height + 0.25), pencil.at(0, arm * 1.2, actor.height + 0.3), 0.1,
             {220, 220, 210});
}

void draw_sign(Pencil& pencil, const Actor& actor) {
  const double top = actor.height;
  pencil.rod(pencil.at(0, 0, 0), pencil.at(0, 0, top), 0.035, kMetal);
  const Vec3 plate = pencil.at(-0.05, 0, top - 0.1);
  switch (actor.look % 4) {
    case 0:
      pencil.disc(plate, 0.34, {196, 30, 34});
      pencil.disc(plate, 0.23, {238, 238, 234});
      break;
    case 1:
      pencil.disc(plate, 0.34, {40, 84, 170});
      pencil.rod(pencil.at(-0.06, 0, top - 0.25), pencil.at(-0.06, 0, top + 0.05), 0.05, {238, 238, 238});
      break;
    case 2: {
      const std::array<Vec3, 3> outer{pencil.at(-0.05, -0.42, top - 0.35), pencil.at(-0.05, 0.42, top - 0.35),
                                      pencil.at(-0.05, 0, top + 0.4)};
      const std::array<Vec3, 3> inner{pencil.at(-0.06, -0.25, top - 0.25), pencil.at(-0.06, 0.25, top - 0.25),
                                      pencil.at(-0.06, 0, top + 0.2)};
      pencil.face(outer, {196, 30, 34}, 1);
      pencil.face(inner, {238, 238, 234}, 1);
      break;
    }
    default: {
      const Quad board{pencil.at(-0.05, -0.35, top - 0.5), pencil.at(-0.05, 0.35, top - 0.5),
                       pencil.at(-0.05, 0.35, top + 0.3), pencil.at(-0.05, -0.35, top + 0.3)};
      pencil.face(board, {44, 90, 168}, 1);
      break;
    }
  }
}

void draw_crate(Pencil& pencil, const Actor& actor) {
  const Color color = kCrates[actor.look % kCrates.size()];
  const Prism body(pencil, cuboid(actor.length, 0, actor.height, actor.width / 2));
  body.draw_flanks(pencil, color);
  body.draw_strip(pencil, 1, color, 1.15);
  body.draw_strip(pencil, 2, color, 0.95);
  pencil.patch(body.strip(2), 0, 1, 0, 0.12, scale(color, 0.6), 1);
  body.patch_flanks(pencil, 0, 1, 0.88, 1, scale(color, 0.6), 1);
}

void draw_hedge(Pencil& pencil, const Actor& actor) {
  const Color leaf = kLeaves[actor.look % kLeaves.size()];
  const Prism body(pencil, cuboid(actor.length, 0, actor.height, actor.width / 2));
  body.draw_flanks(pencil, scale(leaf, 0.85));
  body.draw_strip(pencil, 1, leaf, 1.1);
  body.draw_strip(pencil, 2, leaf, 0.75);
}

}  // namespace

void draw_scenery(Pencil& pencil, const Actor& actor) {
  switch (actor.kind) {
    case Kind::building:
      return draw_building(pencil, actor);
    case Kind::tree:
      return draw_tree(pencil, actor);
    case Kind::lamp:
      return draw_lamp(pencil, actor);
    case Kind::sign:
      return draw_sign(pencil, actor);
    case Kind::crate:
      return draw_crate(pencil, actor);
    case Kind::hedge:
      return draw_hedge(pencil, actor);
    default:
      return;
  }
}

}  // namespace weir::scene
