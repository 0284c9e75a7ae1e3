// SPDX-License-Identifier: Apache-2.0
#include "kernels/scene/pencil.hpp"

#include <algorithm>
#include <cmath>

namespace weir::scene {
namespace {

constexpr double kNear = 0.4;
constexpr double kFarthest = 1 << 20;  // 1/16 pixel; keeps edge arithmetic within 64 bits

std::uint8_t channel(double value) { return static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0)); }

/// The nearest 1/16 pixel. Shifted to positive numbers first, so that the cast rounds down without a library call.
int sub_pixel(double pixels) {
  return static_cast<int>(std::clamp(pixels * 16, -kFarthest, kFarthest) + (kFarthest + 0.5)) -
         static_cast<int>(kFarthest);
}

Vec3 blend(const Vec3& a, const Vec3& b, double share) {
  return {a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share, a.z + (b.z - a.z) * share};
}

}  // namespace

Color scale(Color color, double factor) {
  return {channel(color.r * factor), channel(color.g * factor), channel(color.b * factor)};
}

Color mix(Color a, Color b, double share) {
  return {channel(a.r + (b.r - a.r) * share), channel(a.g + (b.g - a.g) * share), channel(a.b + (b.b - a.b) * share)};
}

std::uint32_t Light::shade(Color color, double brightness, double distance) const {
  const double fade = std::clamp(distance * haze_per_metre, 0.0, 0.8);
  const double keep = brightness * gain * (1 - fade);
  const double add = gain * fade;
  const std::uint32_t r = channel(color.r * keep + haze.r * add);
  const std::uint32_t g = channel(color.g * keep + haze.g * add);
  const std::uint32_t b = channel(color.b * keep + haze.b * add);
  return b | (g << 8) | (r << 16);
}

void Pencil::begin(double x, double z, double sine, double cosine, std::uint8_t label) {
  x_ = x;
  z_ = z;
  sine_ = sine;
  cosine_ = cosine;
  depth_ = std::max(z, 1.0);
  label_ = static_cast<std::uint32_t>(label) << 24;
  left_ = top_ = 1e9;
  right_ = bottom_ = -1e9;
  canvas_.reset_extent();
}

Vec3 Pencil::at(double ahead, double right, double up) const {
  return {x_ + ahead * sine_ + right * cosine_, up, z_ + ahead * cosine_ - right * sine_};
}

void Pencil::include(double x, double y) {
  left_ = std::min(left_, x);
  right_ = std::max(right_, x);
  top_ = std::min(top_, y);
  bottom_ = std::max(bottom_, y);
}

SubPixel Pencil::project(const Vec3& p) const {
  const double zoom = view_.focal / p.z;
  return {sub_pixel(view_.center + p.x * zoom), sub_pixel(view_.horizon + (view_.height - p.y) * zoom)};
}

int Pencil::project_clipped(std::span<const Vec3> corners, std::span<SubPixel> out) const {
  int n = 0;
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const Vec3& a = corners[i];
    const Vec3& b = corners[i + 1 == corners.size() ? 0 : i + 1];
    if (a.z >= kNear) out[n++] = project(a);
    if ((a.z >= kNear) != (b.z >= kNear)) out[n++] = project(blend(a, b, (kNear - a.z) / (b.z - a.z)));
  }
  return n;
}

bool Pencil::face(std::span<const Vec3> corners, Color color, double brightness) {
  std::array<SubPixel, kMaxCorners + 2> flat;
  const int n = project_clipped(corners, flat);
  if (n < 3) return false;
  std::int64_t area = 0;
  for (int i = 0; i < n; ++i) {
    const SubPixel& a = flat[i];
    const SubPixel& b = flat[i + 1 == n ? 0 : i + 1];
    area += static_cast<std::int64_t>(a.x) * b.y - static_cast<std::int64_t>(b.x) * a.y;
  }
  if (area >= 0) return false;
  for (int i = 0; i < n; ++i) include(flat[i].x / 16.0, flat[i].y / 16.0);
  canvas_.fill_convex({flat.data(), static_cast<std::size_t>(n)}, light_.shade(color, brightness, depth_) | label_);
  return true;
}

void Pencil::patch(const Quad& quad, double a0, double a1, double b0, double b1, Color color, double brightness) {
  const auto point = [&](double a, double b) {
    return blend(blend(quad[0], quad[3], a), blend(quad[1], quad[2], a), b);
  };
  const Quad part{point(a0, b0), point(a0, b1), point(a1, b1), point(a1, b0)};
  face(part, color, brightness);
}

void Pencil::disc(const Vec3& center, double radius, Color color, double brightness) {
  if (center.z < kNear) return;
  rod(center, center, radius, color, brightness);
}

void Pencil::rod(const Vec3& from, const Vec3& to, double radius, Color color, double brightness) {
  if (from.z < kNear || to.z < kNear) return;
  const auto flat = [&](const Vec3& p) {
    return std::array{view_.center + p.x * view_.focal / p.z, view_.horizon + (view_.height - p.y) * view_.focal / p.z,
                      radius * view_.focal / p.z};
  };
  const auto [ax, ay, a_radius] = flat(from);
  const auto [bx, by, b_radius] = flat(to);
  const double ra = std::max(a_radius, 0.5);
  const double rb = std::max(b_radius, 0.5);
  const double length = std::sqrt((bx - ax) * (bx - ax) + (by - ay) * (by - ay));
  const double dx = length > 1e-6 ? (bx - ax) / length : 1;
  const double dy = length > 1e-6 ? (by - ay) / length : 0;
  // Half a dodecagon about each end, opening away from the other end; square where nobody could see it round.
  constexpr std::array<std::array<double, 2>, 7> kRound{
      {{0, 1}, {0.5, 0.866}, {0.866, 0.5}, {1, 0}, {0.866, -0.5}, {0.5, -0.866}, {0, -1}}};
  constexpr std::array<std::array<double, 2>, 2> kSquare{{{0.8, 0.8}, {0.8, -0.8}}};
  const bool square = std::max(ra, rb) < 1.2;
  const int half = square ? 2 : 7;
  std::array<SubPixel, 14> outline;
  for (int i = 0; i < half; ++i) {
    const auto [along, across] = square ? kSquare[i] : kRound[i];
    const double ox = along * dx - across * dy;
    const double oy = along * dy + across * dx;
    outline[i] = {sub_pixel(bx + ox * rb), sub_pixel(by + oy * rb)};
    outline[i + half] = {sub_pixel(ax - ox * ra), sub_pixel(ay - oy * ra)};
  }
  include(std::min(ax - ra, bx - rb), std::min(ay - ra, by - rb));
  include(std::max(ax + ra, bx + rb), std::max(ay + ra, by + rb));
  canvas_.fill_convex({outline.data(), static_cast<std::size_t>(2 * half)},
                      light_.shade(color, brightness, depth_) | label_);
}

void Pencil::shadow(double half_length, double half_width) {
  constexpr std::array<std::array<double, 2>, 8> kOctagon{
      {{1, 0.7}, {0.8, 1}, {-0.8, 1}, {-1, 0.7}, {-1, -0.7}, {-0.8, -1}, {0.8, -1}, {1, -0.7}}};
  std::array<Vec3, 8> ground;
  for (int i = 0; i < 8; ++i) ground[i] = at(kOctagon[i][0] * half_length, kOctagon[i][1] * half_width, 0);
  std::array<SubPixel, kMaxCorners + 2> flat;
  const int n = project_clipped(ground, flat);
  if (n >= 3) canvas_.darken_convex({flat.data(), static_cast<std::size_t>(n)});
}

Prism::Prism(const Pencil& pencil, std::span<const Corner> outline) : size_(static_cast<int>(outline.size())) {
  for (int i = 0; i < size_; ++i) {
    left_[i] = pencil.at(outline[i].along, -outline[i].half, outline[i].up);
    right_[i] = pencil.at(outline[i].along, outline[i].half, outline[i].up);
  }
}

void Prism::draw_flanks(Pencil& pencil, Color color) const {
  pencil.face({right_.data(), static_cast<std::size_t>(size_)}, color, 0.76);
  std::array<Vec3, 6> turned;
  for (int i = 0; i < size_; ++i) turned[i] = left_[size_ - 1 - i];
  pencil.face({turned.data(), static_cast<std::size_t>(size_)}, color, 0.88);
}

Quad Prism::strip(int i) const {
  const int next = i + 1 == size_ ? 0 : i + 1;
  return {left_[i], left_[next], right_[next], right_[i]};
}

void Prism::draw_strip(Pencil& pencil, int i, Color color, double brightness) const {
  pencil.face(strip(i), color, brightness);
}

void Prism::patch_flanks(Pencil& pencil, double a0, double a1, double b0, double b1, Color color,
                         double brightness) const {
  pencil.patch({right_[0], right_[1], right_[2], right_[3]}, a0, a1, b0, b1, color, brightness);
  pencil.patch({left_[3], left_[2], left_[1], left_[0]}, 1 - a1, 1 - a0, b0, b1, color, brightness);
}

}  // namespace weir::scene
