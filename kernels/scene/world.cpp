// SPDX-License-Identifier: Apache-2.0
#include "kernels/scene/world.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/base/random.hpp"

namespace weir::scene {
namespace {

constexpr double kSpeed = 8.5;           // metres per second, the camera's mean
constexpr double kCrossingSpacing = 46;  // metres from one crossing cell to the next
constexpr int kFirstCrosser = 10;        // streams 10 to 13: who crosses the street
constexpr int kStreams = 16;
constexpr int kCrossingStream = 20;  // streams from here on only seed shapes, never identities

enum class Family : std::uint8_t { traffic, parked, cyclist, walker };

struct Bend {
  double metres, length;
};
constexpr std::array<Bend, 2> kBends{{{9.0, 430}, {3.5, 190}}};
constexpr double kTau = 6.283185307179586;

double bend_offset(double place) {
  double sum = 0;
  for (const Bend& b : kBends) sum += b.metres * wave(place / b.length);
  return sum;
}

double bend_slope(double place) {
  double sum = 0;
  for (const Bend& b : kBends) sum += b.metres * kTau / b.length * wave(place / b.length + 0.25);
  return sum;
}

double smooth(double share) {
  const double s = std::clamp(share, 0.0, 1.0);
  return s * s * (3 - 2 * s);
}

/// Slots may be negative; identities are positive: 0, -1, 1, -2, ... become 0, 1, 2, 3, ...
std::int64_t zigzag(std::int64_t slot) { return slot >= 0 ? 2 * slot : -2 * slot - 1; }

void size_vehicle(Actor& actor, Random& random, bool parked) {
  const double pick = random.uniform();
  actor.kind = pick < (parked ? 0.82 : 0.66) ? Kind::car : pick < (parked ? 1.0 : 0.84) ? Kind::van : Kind::truck;
  const double grow = random.uniform(0.94, 1.06);
  if (actor.kind == Kind::car) {
    actor.length = 4.25 * grow;
    actor.width = 1.78 * random.uniform(0.97, 1.05);
    actor.height = 1.46 * random.uniform(0.97, 1.05);
  } else if (actor.kind == Kind::van) {
    actor.length = 5.0 * grow;
    actor.width = 1.95;
    actor.height = 2.15 * grow;
  } else {
    actor.length = 7.4 * grow;
    actor.width = 2.4;
    actor.height = 3.2 * grow;
  }
}

void size_person(Actor& actor, Random& random) {
  actor.height = random.uniform() < 0.12 ? random.uniform(1.15, 1.4) : random.uniform(1.56, 1.9);
  actor.length = 0.6;
  actor.width = 0.55;
}

void size_cyclist(Actor& actor, Random& random) {
  actor.kind = Kind::cyclist;
  actor.height = random.uniform(1.68, 1.86);
  actor.length = 1.75;
  actor.width = 0.6;
}

}  // namespace

double wave(double turns) {
  const double t = turns - std::floor(turns) - 0.5;  // parabolas joined at the zeros, then bent to a sine within 0.1 %
  const double y = 16 * t * (std::abs(t) - 0.5);
  return 0.775 * y + 0.225 * y * std::abs(y);
}

double Course::sideways(double ahead) const { return bend_offset(start + ahead) - offset - slope * ahead; }
double Course::turn(double ahead) const { return bend_slope(start + ahead) - slope; }

struct World::Lane {
  Family family;
  double sideways;  ///< metres right of the camera's lane centre
  double speed;     ///< metres per second along the world, negative towards the camera
  double spacing;   ///< metres from slot to slot
  double presence;  ///< chance that a slot is taken
};

const std::array<World::Lane, 10> World::kLanes{{
    {Family::traffic, -Street::kLane, kSpeed + 2.4, 31, 0.78},
    {Family::traffic, -2 * Street::kLane, -9, 27, 0.62},
    {Family::parked, 3.0, 0, 6.6, 0.4},
    {Family::parked, -9.9, 0, 6.6, 0.4},
    {Family::cyclist, 1.55, 4.6, 36, 0.6},
    {Family::cyclist, -8.4, -4.9, 44, 0.55},
    {Family::walker, 4.9, 1.25, 9, 0.2},
    {Family::walker, 6.3, -1.3, 10, 0.22},
    {Family::walker, -12.0, 1.1, 9, 0.2},
    {Family::walker, -13.2, -1.2, 10, 0.2},
}};

std::uint64_t World::key(int stream, std::int64_t slot) const {
  return Random(seed_ ^ (static_cast<std::uint64_t>(slot) * 0xD1342543DE82EF95ULL +
                         static_cast<std::uint64_t>(stream) * 0x2545F4914F6CDD1DULL))
      .next();
}

void World::look(double time, Moment& moment) const {
  Random random(key(kCrossingStream + 1, 0));
  const double phase = random.uniform();
  moment.time = time;
  moment.course.start = 40 + kSpeed * time + 3.5 * wave(time / 19 + phase);
  moment.course.offset = bend_offset(moment.course.start);
  moment.course.slope = bend_slope(moment.course.start);
  moment.yaw = 0.007 * wave(time / 7.3 + phase) + 0.003 * wave(time / 2.9);
  moment.pitch = 0.003 * wave(time / 1.7 + phase) + 0.002 * wave(time / 0.83);
  moment.gain = 0.98 + 0.13 * wave(time / 31 + random.uniform()) + 0.05 * wave(time / 6.1);
  moment.actors.clear();
  find_crossings(moment);
  for (int i = 0; i < static_cast<int>(kLanes.size()); ++i) add_lane(i, moment);
  add_crossers(moment);
  if (reach_.scenery > 0) {
    add_scenery(+1, moment);
    add_scenery(-1, moment);
  }
  std::sort(moment.actors.begin(), moment.actors.end(), [](const Actor& a, const Actor& b) {
    if (a.order != b.order) return a.order > b.order;
    return a.look < b.look;
  });
}

Crossing World::crossing(std::int64_t cell) const {
  Random random(key(kCrossingStream, cell));
  Crossing c;
  c.junction = (static_cast<double>(cell) + random.uniform(0.3, 0.7)) * kCrossingSpacing;
  c.has_junction = cell % 3 == 0;
  c.has_zebra = c.has_junction || random.uniform() < 0.5;
  c.zebra = c.junction - (c.has_junction ? Crossing::kHalfJunction + 3.2 : 0);
  return c;
}

void World::find_crossings(Moment& moment) const {
  const auto first = static_cast<std::int64_t>(std::floor(moment.course.start / kCrossingSpacing)) - 1;
  moment.crossing_count = 0;
  for (Crossing& c : moment.crossings) {
    c = crossing(first + moment.crossing_count);
    ++moment.crossing_count;
  }
}

bool World::keeps_clear(const Moment& moment, double place, double margin) const {
  for (int i = 0; i < moment.crossing_count; ++i) {
    const Crossing& c = moment.crossings[i];
    if (c.has_junction && std::abs(place - c.junction) < Crossing::kHalfJunction + margin) return false;
    if (c.has_zebra && std::abs(place - c.zebra) < Crossing::kHalfZebra + 0.5 * margin) return false;
  }
  return true;
}

void World::place(Actor actor, double sideways, double ahead, double sine, double cosine, Moment& moment) const {
  const double turn = moment.course.turn(ahead);
  const double norm = 1 / std::sqrt(1 + turn * turn);
  actor.x = sideways + moment.course.sideways(ahead);
  actor.z = ahead;
  actor.sine = (sine + turn * cosine) * norm;
  actor.cosine = (cosine - turn * sine) * norm;
  if (actor.order == 0) actor.order = ahead;
  moment.actors.push_back(actor);
}

void World::add_lane(int index, Moment& moment) const {
  const Lane& lane = kLanes[index];
  const double start = moment.course.start;
  const double moved = lane.speed * moment.time;
  const auto first = static_cast<std::int64_t>(std::floor((start - 9 - moved) / lane.spacing)) - 1;
  const auto last = static_cast<std::int64_t>(std::floor((start + reach_.actors - moved) / lane.spacing)) + 1;
  for (std::int64_t slot = first; slot <= last; ++slot) {
    Random random(key(index, slot));
    if (random.uniform() >= std::min(lane.presence * density_, 0.95)) continue;
    Actor actor;
    actor.look = random.next();
    actor.id = 1 + index + kStreams * zigzag(slot);
    double place_at = (static_cast<double>(slot) + random.uniform(0.4, 0.6)) * lane.spacing + moved;
    double sideways = lane.sideways + random.uniform(-0.15, 0.15);
    if (lane.family == Family::traffic || lane.family == Family::parked) {
      size_vehicle(actor, random, lane.family == Family::parked);
    } else if (lane.family == Family::cyclist) {
      size_cyclist(actor, random);
    } else {
      actor.kind = Kind::pedestrian;
      size_person(actor, random);
      sideways += random.uniform(-0.4, 0.4);
    }
    if (lane.family == Family::parked && !keeps_clear(moment, place_at, 4)) continue;
    if (lane.family != Family::parked) {
      const double sway = random.uniform();
      place_at += (lane.family == Family::traffic ? 2.0 : 0.6) * wave(moment.time / 8 + sway);
      actor.braking = wave(moment.time / 8 + sway + 0.25) < -0.55;
      actor.phase = place_at * (lane.family == Family::cyclist ? 0.22 : 0.68) + sway;
    }
    const double ahead = place_at - start;
    if (ahead < -7 || ahead > reach_.actors) continue;
    if (index == 0 && (actor.look & 3) != 0)
      sideways += Street::kLane * smooth((ahead - 13) / 24);  // merges to our lane
    const bool away = lane.speed > 0 || (lane.speed == 0 && lane.sideways > 0);
    place(actor, sideways, ahead, 0, away ? 1 : -1, moment);
  }
}

void World::add_crossers(Moment& moment) const {
  const auto first = static_cast<std::int64_t>(std::floor(moment.course.start / kCrossingSpacing));
  const auto last = static_cast<std::int64_t>(std::floor((moment.course.start + reach_.actors) / kCrossingSpacing));
  for (std::int64_t cell = first; cell <= last; ++cell) {
    for (int slot = 0; slot < 4; ++slot) add_crosser(slot, cell, moment);
  }
}

// Whoever crosses is tied to the camera's distance instead of the time: the way is then always free when it arrives.
void World::add_crosser(int slot, std::int64_t cell, Moment& moment) const {
  Random random(key(kFirstCrosser + slot, cell));
  const Crossing c = crossing(cell);
  const bool vehicle = slot == 3;
  if (vehicle && !c.has_junction) return;
  if (random.uniform() >= std::min((vehicle ? 0.9 : 0.7) * density_, 0.95)) return;
  Actor actor;
  actor.look = random.next();
  actor.id = 1 + kFirstCrosser + slot + kStreams * zigzag(cell);
  const bool leftward = random.uniform() < 0.5;
  double place_at = (c.has_zebra ? c.zebra : c.junction) + random.uniform(-1.2, 1.2);
  double from = leftward ? Street::kCurbRight + 0.5 : Street::kCurbLeft - 0.5;
  double per_metre = (leftward ? random.uniform(1.15, 1.6) : random.uniform(1.45, 1.75)) / kSpeed;
  double starts = leftward ? random.uniform(58, 80) : random.uniform(105, 125);
  if (vehicle) {
    size_vehicle(actor, random, true);
    place_at = c.junction + (leftward ? -1.7 : 1.7);
    from = leftward ? 45 : -50;
    per_metre = random.uniform(6, 8) / kSpeed;
    starts = leftward ? random.uniform(75, 95) : random.uniform(85, 100);
  } else if (random.uniform() < 0.3) {
    size_cyclist(actor, random);
    per_metre = random.uniform(3.2, 4.4) / kSpeed;
    from = leftward ? 9 : -16;
    starts = leftward ? random.uniform(55, 70) : random.uniform(70, 85);
  } else {
    actor.kind = Kind::pedestrian;
    size_person(actor, random);
  }
  const double ahead = place_at - moment.course.start;
  if (ahead < -3 || ahead > reach_.actors) return;
  const double walked = std::max(starts - ahead, 0.0) * per_metre;
  actor.phase = walked * (actor.kind == Kind::cyclist ? 0.22 : 0.68);
  place(actor, from + (leftward ? -walked : walked), ahead, leftward ? -1 : 1, 0, moment);
}

}  // namespace weir::scene
