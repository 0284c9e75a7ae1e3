// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "kernels/scene/pencil.hpp"

namespace weir::scene {

/// A smooth wave of the given phase in turns, -1 to 1: the same on every platform, unlike std::sin.
double wave(double turns);

/// What stands or moves in the scene. The first five are the labelled types.
enum class Kind : std::uint8_t { car, van, truck, pedestrian, cyclist, building, tree, lamp, sign, crate, hedge };

constexpr bool is_labelled(Kind kind) { return kind <= Kind::cyclist; }

/// One thing as the camera finds it at one moment, in metres relative to the point on the road below the camera.
struct Actor {
  Kind kind = Kind::car;
  std::int64_t id = 0;          ///< track identity, 0 for scenery
  double x = 0, z = 0;          ///< right and ahead of the camera
  double sine = 0, cosine = 1;  ///< heading against the camera's
  double phase = 0;             ///< turns of the legs or pedals
  double length = 1, width = 1, height = 1;
  bool braking = false;
  std::uint64_t look = 0;  ///< seeds colours and shape
  double order = 0;        ///< painter's order: greater is drawn earlier
};

/// The places across the street, in metres right of the camera's lane centre.
struct Street {
  static constexpr double kLane = 3.5;
  static constexpr double kRight = 1.75, kLeft = -8.75;         ///< edges of the driving lanes
  static constexpr double kCurbRight = 4.0, kCurbLeft = -11.0;  ///< beyond the parking strips
  static constexpr double kPathRight = 7.2, kPathLeft = -14.2;  ///< outer edges of the pavements
  static constexpr double kMiddle = -5.25;                      ///< between the two directions
};

/// A place where the street is crossed: a zebra crossing, a side street, or both.
struct Crossing {
  double zebra = 0;     ///< world metres of the stripes' centre
  double junction = 0;  ///< world metres of the side street's centre
  bool has_zebra = false;
  bool has_junction = false;
  static constexpr double kHalfZebra = 1.6;
  static constexpr double kHalfJunction = 5.0;
};

/// The course of the street, seen from where the camera is.
struct Course {
  double start = 0;  ///< world metres the camera has driven
  double offset = 0, slope = 0;

  /// Sideways metres of the camera's lane centre `ahead` metres further on.
  double sideways(double ahead) const;
  /// Direction of the street there against the camera's.
  double turn(double ahead) const;
};

/// Everything at one moment.
struct Moment {
  double time = 0;
  Course course;
  double yaw = 0, pitch = 0;  ///< radians
  double gain = 1;            ///< light level
  std::array<Crossing, 8> crossings;
  int crossing_count = 0;
  std::vector<Actor> actors;  ///< farthest first
};

/// The town: all of it is a pure function of the seed and the time, so that any moment can be asked for. Lanes are
/// rows of slots that move at one speed; a slot's seed says whether and what it carries, which keeps identities without
/// any state. Thread-compatible.
class World {
 public:
  struct Reach {
    double actors = 130;   ///< metres up to which labelled things exist
    double scenery = 250;  ///< metres up to which houses and trees exist; 0: none
  };

  World(std::uint64_t seed, double density, Reach reach) : seed_(seed), density_(density), reach_(reach) {}

  /// Fills `moment` with what the camera meets at `time` seconds.
  void look(double time, Moment& moment) const;

 private:
  struct Lane;
  static const std::array<Lane, 10> kLanes;

  Crossing crossing(std::int64_t cell) const;
  void find_crossings(Moment& moment) const;
  bool keeps_clear(const Moment& moment, double place, double margin) const;
  void add_lane(int index, Moment& moment) const;
  void add_crossers(Moment& moment) const;
  void add_crosser(int slot, std::int64_t cell, Moment& moment) const;
  void add_scenery(int side, Moment& moment) const;
  void add_plot(int side, std::int64_t plot, Moment& moment) const;
  void add_furniture(int side, std::int64_t plot, Moment& moment) const;
  void place(Actor actor, double sideways, double ahead, double sine, double cosine, Moment& moment) const;
  std::uint64_t key(int stream, std::int64_t slot) const;

  std::uint64_t seed_;
  double density_;
  Reach reach_;
};

}  // namespace weir::scene
