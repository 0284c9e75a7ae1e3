// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/base/random.hpp"
#include "kernels/scene/shapes.hpp"

namespace weir::scene {
namespace {

constexpr Color kAsphalt{96, 97, 100};
constexpr Color kPavement{150, 146, 140};
constexpr Color kCurb{178, 176, 170};
constexpr Color kGrass{92, 112, 62};
constexpr Color kPaint{224, 224, 218};

/// A value in [-1, 1) that belongs to one cell of the ground.
double grain(std::uint64_t seed, double cell) {
  return Random(seed ^ (static_cast<std::uint64_t>(static_cast<std::int64_t>(cell)) * 0x9E3779B97F4A7C15ULL))
      .uniform(-1, 1);
}

void draw_sky(Canvas& canvas, const View& view, const Light& light, double dusk) {
  const Color high = mix({122, 166, 216}, {126, 128, 156}, dusk);
  const int horizon = std::clamp(static_cast<int>(view.horizon) + 1, 0, canvas.height());
  for (int y = 0; y < horizon; ++y) {
    const double share = static_cast<double>(y) / std::max(horizon, 1);
    canvas.fill_span(y, 0, canvas.width(), light.shade(mix(high, light.haze, share * share), 1, 0));
  }
}

SubPixel sub_pixel(double x, double y) {
  return {static_cast<int>(std::floor(std::clamp(x, -1e4, 2e4) * 16)), static_cast<int>(std::floor(y * 16))};
}

void fill_oval(Canvas& canvas, double x, double y, double wide, double high, std::uint32_t pixel) {
  constexpr int kCorners = 12;
  std::array<SubPixel, kCorners> oval;
  for (int i = 0; i < kCorners; ++i) {
    const double turn = static_cast<double>(i) / kCorners;
    oval[i] = sub_pixel(x + wide * wave(turn + 0.25), y + high * wave(turn));
  }
  canvas.fill_convex(oval, pixel);
}

/// Clouds and hills turn with the camera's heading only: they are too far away to come nearer.
void draw_distance(Canvas& canvas, const View& view, const Light& light, double heading, std::uint64_t seed) {
  Random random(seed);
  for (int i = 0; i < 9; ++i) {
    const double x = view.center + view.focal * (random.uniform(-1.3, 1.3) - heading);
    const double y = view.horizon - view.focal * random.uniform(0.08, 0.24);
    const double wide = view.focal * random.uniform(0.05, 0.12);
    const std::uint32_t cloud = light.shade(mix({240, 242, 246}, light.haze, random.uniform(0.2, 0.7)), 0.97, 0);
    for (int puff = 0; puff < 5; ++puff) {
      const double share = puff / 4.0 - 0.5;
      const double lift = 0.04 * random.uniform(-1, 1);
      const double half = random.uniform(0.3, 0.6);
      const double rise = (0.17 - 0.4 * share * share) * random.uniform(0.8, 1.2);
      fill_oval(canvas, x + wide * share * 1.6, y + wide * lift, wide * half, wide * rise, cloud);
    }
  }
  constexpr int kHills = 40;
  const std::uint32_t color = light.shade({96, 112, 100}, 1, 170);
  double last_height = 0;
  for (int i = -kHills; i <= kHills; ++i) {
    const double angle = i * 0.05;
    const double height = view.focal * (0.016 + 0.012 * grain(seed, i));
    const double x = view.center + view.focal * (angle - heading);
    const double step = view.focal * 0.05;
    if (i > -kHills && x > 0 && x - step < canvas.width()) {
      const std::array<SubPixel, 4> hill{sub_pixel(x - step, view.horizon + 2),
                                         sub_pixel(x - step, view.horizon - last_height),
                                         sub_pixel(x, view.horizon - height), sub_pixel(x, view.horizon + 2)};
      canvas.fill_convex(hill, color);
    }
    last_height = height;
  }
}

/// One row of the picture that shows the ground.
class GroundRow {
 public:
  GroundRow(Canvas& canvas, const View& view, const Light& light, const Course& course, int y, double ahead)
      : canvas_(canvas),
        light_(light),
        y_(y),
        ahead_(ahead),
        zoom_(view.focal / ahead),
        middle_(view.center + course.sideways(ahead) * zoom_) {}

  double zoom() const { return zoom_; }

  /// Fills from `left` to `right` metres of the street's cross-section.
  void fill(double left, double right, Color color, double brightness) {
    canvas_.fill_span(y_, pixel(left), pixel(right), light_.shade(color, brightness, ahead_));
  }

  /// A painted line; where it is thinner than a pixel it fades instead.
  void line(double at, double width, Color under) {
    const double pixels = width * zoom_;
    const int from = pixel(at - width / 2);
    const int to = std::max(pixel(at + width / 2), from + 1);
    canvas_.fill_span(y_, from, to, light_.shade(mix(under, kPaint, std::min(pixels, 1.0)), 1, ahead_));
  }

 private:
  int pixel(double metres) const {
    return static_cast<int>(std::floor(std::clamp(middle_ + metres * zoom_, -1e6, 1e6) + 0.5));
  }

  Canvas& canvas_;
  const Light& light_;
  int y_;
  double ahead_;
  double zoom_;
  double middle_;
};

const Crossing* crossing_at(const Moment& moment, double place, bool zebra) {
  for (int i = 0; i < moment.crossing_count; ++i) {
    const Crossing& c = moment.crossings[i];
    if (zebra && c.has_zebra && std::abs(place - c.zebra) < Crossing::kHalfZebra) return &c;
    if (!zebra && c.has_junction && std::abs(place - c.junction) < Crossing::kHalfJunction) return &c;
  }
  return nullptr;
}

void draw_marks(GroundRow& row, const Moment& moment, double place, double span) {
  if (crossing_at(moment, place, true) != nullptr) {
    if (row.zoom() > 2.5) {
      for (double x = Street::kCurbLeft + 0.4; x < Street::kCurbRight; x += 1.0) row.fill(x, x + 0.5, kPaint, 0.97);
    } else {
      row.fill(Street::kCurbLeft, Street::kCurbRight, mix(kAsphalt, kPaint, 0.5), 1);
    }
    return;
  }
  row.line(Street::kRight + 0.1, 0.12, kAsphalt);
  row.line(Street::kLeft - 0.1, 0.12, kAsphalt);
  row.line(Street::kMiddle - 0.12, 0.12, kAsphalt);
  row.line(Street::kMiddle + 0.12, 0.12, kAsphalt);
  constexpr double kPeriod = 9;
  const double along = place - kPeriod * std::floor(place / kPeriod);
  const bool far = span > 3;  // dashes would flicker where one row covers more than their length
  const Color under = far ? mix(kAsphalt, kPaint, 0.3) : kAsphalt;
  if (along < 4 || far) row.line(-Street::kLane / 2, 0.14, under);
}

void draw_ground(Canvas& canvas, const View& view, const Light& light, const Moment& moment, std::uint64_t seed,
                 bool details) {
  for (int y = std::max(static_cast<int>(view.horizon) + 1, 0); y < canvas.height(); ++y) {
    const double below = y + 0.5 - view.horizon;
    if (below < 0.4) continue;
    const double ahead = view.focal * view.height / below;
    const double span = ahead / below;  // metres of the road that this row shows
    const double place = moment.course.start + ahead;
    GroundRow row(canvas, view, light, moment.course, y, ahead);
    const double fine = details ? std::clamp(1.5 - span, 0.0, 1.0) : 0;
    const double rough = fine > 0 ? 1 + 0.035 * fine * grain(seed, std::floor(place / 6)) +
                                        0.015 * fine * grain(seed ^ 5, std::floor(place / 0.4))
                                  : 1;
    const double blades = fine > 0 ? 1 + 0.08 * fine * grain(seed ^ 9, std::floor(place / 1.1)) : 1;
    canvas.fill_span(y, 0, canvas.width(), light.shade(kGrass, blades, ahead));
    if (crossing_at(moment, place, false) != nullptr) {
      canvas.fill_span(y, 0, canvas.width(), light.shade(kAsphalt, rough, ahead));
      continue;
    }
    const double slabs = details && span < 0.5 && std::floor(place / 1.5) != std::floor((place - span) / 1.5) ? 0.9 : 1;
    row.fill(Street::kPathLeft, Street::kPathRight, kPavement, slabs);
    row.fill(Street::kCurbLeft - 0.2, Street::kCurbRight + 0.2, kCurb, 1);
    row.fill(Street::kCurbLeft, Street::kCurbRight, kAsphalt, rough * 0.95);
    row.fill(Street::kLeft, Street::kRight, kAsphalt, rough);
    if (details) {  // wheels polish the lanes
      for (const double lane : {-2.0, -1.0, 0.0}) {
        for (const double track : {-0.8, 0.8}) {
          const double at = lane * Street::kLane + track;
          row.fill(at - 0.3, at + 0.3, kAsphalt, rough * 0.94);
        }
      }
    }
    draw_marks(row, moment, place, span);
  }
}

}  // namespace

void draw_backdrop(Canvas& canvas, const View& view, const Light& light, const Moment& moment, std::uint64_t seed,
                   double dusk, bool details) {
  draw_sky(canvas, view, light, dusk);
  if (details) draw_distance(canvas, view, light, moment.course.slope, seed);
  draw_ground(canvas, view, light, moment, seed, details);
}

}  // namespace weir::scene
