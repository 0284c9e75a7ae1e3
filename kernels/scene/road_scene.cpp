// SPDX-License-Identifier: Apache-2.0
#include "kernels/scene/road_scene.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/base/random.hpp"
#include "kernels/scene/canvas.hpp"
#include "kernels/scene/develop.hpp"
#include "kernels/scene/pencil.hpp"
#include "kernels/scene/shapes.hpp"
#include "kernels/scene/world.hpp"

namespace weir {
namespace {

using scene::Actor;
using scene::Extent;
using scene::Kind;

constexpr std::ptrdiff_t kMaxObjects = 255;  // labels are bytes
constexpr std::size_t kRoomForActors = 1024;
constexpr double kLastSecond = 1e9;  // slot numbers and identities stay far from overflow

SceneOptions within_range(SceneOptions options) {
  options.width = std::clamp(options.width, 16, 8192);
  options.height = std::clamp(options.height, 16, 8192);
  options.fps = std::isfinite(options.fps) ? std::clamp(options.fps, 0.1, 1000.0) : 10;
  options.density = std::isfinite(options.density) ? std::clamp(options.density, 0.0, 2.0) : 1;
  options.noise = std::isfinite(options.noise) ? std::clamp(options.noise, 0.0, 30.0) : 0;
  options.min_height = std::clamp(options.min_height, 1, 1000);
  return options;
}

/// A person is still drawn while about 4 pixels high; houses farther off fade into the haze first.
scene::World::Reach reach_of(const SceneOptions& options, double focal) {
  const double actors = std::clamp(focal * 1.7 / 4, 12.0, 130.0);
  return {actors, options.detail == SceneDetail::full ? std::min(250.0, 5 * actors) : 0};
}

const char* type_name(Kind kind) {
  switch (kind) {
    case Kind::van:
      return "Van";
    case Kind::truck:
      return "Truck";
    case Kind::pedestrian:
      return "Pedestrian";
    case Kind::cyclist:
      return "Cyclist";
    default:
      return "Car";
  }
}

int occlusion_level(double visible) { return visible >= 0.8 ? 0 : visible >= 0.4 ? 1 : 2; }

/// What is known of an object once it is drawn and before anything nearer is.
struct Drawn {
  Kind kind = Kind::car;
  Extent extent;
  int pixels = 0;
  float outside = 0;
};

}  // namespace

struct RoadScene::Impl {
  explicit Impl(const SceneOptions& wanted)
      : options(within_range(wanted)),
        focal(0.58 * options.width),
        canvas(options.width, options.height),
        world(derive_seed(options.seed, "world"), options.density, reach_of(options, focal)),
        sensor(options.width, options.noise, derive_seed(options.seed, "noise")) {
    Random random(derive_seed(options.seed, "weather"));
    dusk = random.uniform() > 0.7 ? random.uniform(0.3, 0.8) : random.uniform(0, 0.2);
    light.haze = scene::mix({204, 214, 226}, {224, 196, 170}, dusk);
    light.haze_per_metre = random.uniform(0.0022, 0.0042);
    exposure = random.uniform(1.02, 1.28) * (1 - 0.15 * dusk);
    backdrop_seed = random.next();
    moment.actors.reserve(kRoomForActors);
    drawn.reserve(kMaxObjects);
    ids.reserve(kMaxObjects);
  }

  bool is_seen(const Actor& actor) const;
  void draw(scene::Pencil& pencil, const Actor& actor) const;
  void draw_shadows(scene::Pencil& pencil) const;
  void draw_actors(scene::Pencil& pencil);
  void note(const scene::Pencil& pencil, const Actor& actor);
  void tell(std::vector<TruthBox>& truth) const;

  SceneOptions options;
  double focal;
  scene::Canvas canvas;
  scene::World world;
  scene::Sensor sensor;
  scene::Light light;
  scene::View view;
  double dusk = 0;
  double exposure = 1;
  std::uint64_t backdrop_seed = 0;
  scene::Moment moment;
  std::vector<Drawn> drawn;
  std::vector<std::int64_t> ids;
};

bool RoadScene::Impl::is_seen(const Actor& actor) const {
  const double radius = std::max({actor.length, actor.width, 0.6 * actor.height});
  const double far = actor.z + radius;
  if (far < 0.5) return false;
  const double slope = 0.5 * options.width / focal * 1.05;
  return std::abs(actor.x) - radius < far * slope + 0.5;
}

void RoadScene::Impl::draw(scene::Pencil& pencil, const Actor& actor) const {
  const bool full = options.detail == SceneDetail::full;
  switch (actor.kind) {
    case Kind::car:
    case Kind::van:
    case Kind::truck:
      return draw_vehicle(pencil, actor, full);
    case Kind::pedestrian:
      return draw_pedestrian(pencil, actor);
    case Kind::cyclist:
      return draw_cyclist(pencil, actor);
    default:
      return draw_scenery(pencil, actor);
  }
}

// All shadows come before all objects: they lie on the ground and never on another object.
void RoadScene::Impl::draw_shadows(scene::Pencil& pencil) const {
  for (const Actor& actor : moment.actors) {
    if (!is_labelled(actor.kind) && actor.kind != Kind::crate) continue;
    pencil.begin(actor.x + 0.12 * actor.height, actor.z, actor.sine, actor.cosine, 0);
    pencil.shadow(0.52 * actor.length, 0.58 * actor.width);
  }
}

void RoadScene::Impl::draw_actors(scene::Pencil& pencil) {
  drawn.clear();
  ids.clear();
  std::ptrdiff_t excess = -kMaxObjects;
  for (const Actor& actor : moment.actors) excess += is_labelled(actor.kind) ? 1 : 0;
  for (const Actor& actor : moment.actors) {
    const bool labelled = is_labelled(actor.kind);
    if (labelled && excess-- > 0) continue;  // more than labels can tell apart: the farthest are left out
    if (labelled) ids.push_back(actor.id);
    pencil.begin(actor.x, actor.z, actor.sine, actor.cosine, labelled ? static_cast<std::uint8_t>(ids.size()) : 0);
    draw(pencil, actor);
    if (labelled) note(pencil, actor);
  }
}

void RoadScene::Impl::note(const scene::Pencil& pencil, const Actor& actor) {
  Drawn d;
  d.kind = actor.kind;
  d.extent = canvas.extent();
  if (!d.extent.empty()) {
    d.pixels = canvas.count(d.extent, static_cast<std::uint8_t>(ids.size()));
    const double whole = (pencil.right() - pencil.left()) * (pencil.bottom() - pencil.top());
    const double inside_x = std::min<double>(pencil.right(), options.width) - std::max(pencil.left(), 0.0);
    const double inside_y = std::min<double>(pencil.bottom(), options.height) - std::max(pencil.top(), 0.0);
    d.outside = static_cast<float>(whole > 0 ? std::clamp(1 - inside_x * inside_y / whole, 0.0, 1.0) : 0);
  }
  drawn.push_back(d);
}

void RoadScene::Impl::tell(std::vector<TruthBox>& truth) const {
  truth.clear();
  for (std::size_t i = drawn.size(); i-- > 0;) {
    const Drawn& d = drawn[i];
    if (d.extent.bottom - d.extent.top < options.min_height || d.extent.right - d.extent.left < 2) continue;
    const int seen = canvas.count(d.extent, static_cast<std::uint8_t>(i + 1));
    if (seen == 0) continue;
    const double visible = static_cast<double>(seen) / d.pixels;
    const bool hidden = visible < 0.1;
    TruthBox& box = truth.emplace_back();
    box.box = {static_cast<float>(d.extent.left), static_cast<float>(d.extent.top), static_cast<float>(d.extent.right),
               static_cast<float>(d.extent.bottom)};
    box.type = hidden ? "DontCare" : type_name(d.kind);
    box.track_id = hidden ? -1 : ids[i];
    box.truncated = d.outside;
    box.occluded = hidden ? 3 : occlusion_level(visible);
  }
}

RoadScene::RoadScene(const SceneOptions& options) : impl_(std::make_unique<Impl>(options)) {}
RoadScene::~RoadScene() = default;
RoadScene::RoadScene(RoadScene&&) noexcept = default;
RoadScene& RoadScene::operator=(RoadScene&&) noexcept = default;

void RoadScene::render(std::uint64_t frame, MutableImageView out, std::vector<TruthBox>& truth) {
  Impl& s = *impl_;
  s.world.look(std::min(static_cast<double>(frame) / s.options.fps, kLastSecond), s.moment);
  std::erase_if(s.moment.actors, [&](const Actor& actor) { return !s.is_seen(actor); });
  s.view.focal = s.focal;
  s.view.center = 0.5 * s.options.width + s.focal * s.moment.yaw;
  s.view.horizon = 0.46 * s.options.height + s.focal * s.moment.pitch;
  s.light.gain = s.exposure * s.moment.gain;
  const bool full = s.options.detail == SceneDetail::full;
  draw_backdrop(s.canvas, s.view, s.light, s.moment, s.backdrop_seed, s.dusk, full);
  scene::Pencil pencil(s.canvas, s.view, s.light);
  if (full) s.draw_shadows(pencil);
  s.draw_actors(pencil);
  s.tell(truth);
  if (out.data != nullptr) s.sensor.develop(s.canvas, frame, out);
}

void RoadScene::labels(std::vector<std::uint8_t>& labels) const {
  const scene::Canvas& canvas = impl_->canvas;
  labels.resize(static_cast<std::size_t>(canvas.width()) * canvas.height());
  auto next = labels.begin();
  for (int y = 0; y < canvas.height(); ++y) {
    const std::uint32_t* const row = canvas.row(y);
    next = std::transform(row, row + canvas.width(), next,
                          [](std::uint32_t pixel) { return static_cast<std::uint8_t>(pixel >> 24); });
  }
}

const std::vector<std::int64_t>& RoadScene::objects() const { return impl_->ids; }
const SceneOptions& RoadScene::options() const { return impl_->options; }

}  // namespace weir
