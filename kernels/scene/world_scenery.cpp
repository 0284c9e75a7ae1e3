// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "kernels/base/random.hpp"
#include "kernels/scene/world.hpp"

namespace weir::scene {
namespace {

constexpr double kPlot = 9;  // metres of the street that one house or tree takes
constexpr int kPlots = 22;   // streams of chance, two each; no identity comes from them
constexpr int kFurniture = 24;
constexpr int kStretches = 26;

}  // namespace

void World::add_scenery(int side, Moment& moment) const {
  const double start = moment.course.start;
  const auto first = static_cast<std::int64_t>(std::floor((start - 12) / kPlot));
  const auto last = static_cast<std::int64_t>(std::floor((start + reach_.scenery) / kPlot));
  for (std::int64_t plot = first; plot <= last; ++plot) {
    add_plot(side, plot, moment);
    if (static_cast<double>(plot) * kPlot - start < reach_.actors) add_furniture(side, plot, moment);
  }
}

void World::add_plot(int side, std::int64_t plot, Moment& moment) const {
  const int stream = side > 0 ? 1 : 0;
  Random random(key(kPlots + stream, plot));
  // Rows of houses alternate with green stretches of about 70 m.
  const bool built = (key(kStretches + stream, plot / 8) & 3) != 0;
  const double place_at = static_cast<double>(plot) * kPlot;
  const double ahead = place_at - moment.course.start;
  const double path = side > 0 ? Street::kPathRight : Street::kPathLeft;
  const bool clear = keeps_clear(moment, place_at, 6);
  Actor actor;
  actor.look = random.next();
  if (clear && built && random.uniform() < 0.9) {
    actor.kind = Kind::building;
    actor.length = kPlot * random.uniform(0.75, 1.0);
    actor.width = random.uniform(7, 11);
    actor.height = random.uniform(4.5, 12.5);
    actor.order = std::max(ahead + actor.length / 2, 0.5);  // what stands beside a house is always before it
    place(actor, path + side * (1.5 + actor.width / 2), ahead, 0, 1, moment);
  } else if (clear || (plot & 1) == 0) {
    actor.kind = random.uniform() < 0.75 ? Kind::tree : Kind::hedge;
    actor.height = actor.kind == Kind::tree ? random.uniform(4.5, 10) : random.uniform(0.9, 1.7);
    actor.length = 7;
    actor.width = 1.2;
    place(actor, path + side * random.uniform(1.5, 9), ahead, 0, 1, moment);
  }
}

void World::add_furniture(int side, std::int64_t plot, Moment& moment) const {
  Random random(key(kFurniture + (side > 0 ? 1 : 0), plot));
  const double place_at = static_cast<double>(plot) * kPlot;
  const double ahead = place_at - moment.course.start;
  const double path = side > 0 ? Street::kPathRight : Street::kPathLeft;
  Actor actor;
  actor.look = random.next();
  const double pick = random.uniform();
  if (plot % 3 == 0) {
    actor.kind = Kind::lamp;
    actor.height = 7;
    place(actor, path - side * 2.9, ahead + 2, 0, 1, moment);
  } else if (pick < 0.3) {
    actor.kind = Kind::sign;
    actor.height = random.uniform(2.3, 2.9);
    place(actor, path - side * 2.8, ahead + 3, 0, 1, moment);
  } else if (pick < 0.45) {
    actor.kind = Kind::crate;
    actor.height = random.uniform(0.8, 1.5);
    actor.length = random.uniform(0.7, 1.8);
    actor.width = random.uniform(0.6, 1.1);
    place(actor, path - side * 0.7, ahead + 1, 0, 1, moment);
  } else if (pick < 0.7 && keeps_clear(moment, place_at, 6)) {
    actor.kind = Kind::tree;
    actor.height = random.uniform(3.5, 6);
    place(actor, path - side * 2.7, ahead + 4, 0, 1, moment);
  }
}

}  // namespace weir::scene
