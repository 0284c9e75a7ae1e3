// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kernels/scene/road_scene.hpp"
#include "pipeline/payloads.hpp"
#include "stages/ingest/stages.hpp"

namespace weir {
namespace {

/// Draws a road scene with exact truth.
class Synthetic final : public Stage {
 public:
  static constexpr std::string_view summary =
      "Draws a drive through a street (cars, pedestrians, cyclists) with exact boxes and identities as truth; needs no "
      "file.";
  static constexpr Out<Frame> frame{"frame", "the drawn image as BGR pixels, with its objects as truth"};
  static constexpr Param<std::int64_t> width{
      {.name = "width", .help = "width of the image", .unit = "px", .min = 16, .max = 8192}, std::int64_t{1242}};
  static constexpr Param<std::int64_t> height{
      {.name = "height", .help = "height of the image", .unit = "px", .min = 16, .max = 8192}, std::int64_t{375}};
  static constexpr Param<std::int64_t> seed{
      {.name = "seed", .help = "chooses the street and its traffic; without it, the run's seed does", .min = 0},
      std::int64_t{0}};
  static constexpr Param<double> fps{
      {.name = "fps", .help = "images per second of scene time", .unit = "1/s", .min = 0.1, .max = 1000.0}, 10.0};
  static constexpr Param<std::int64_t> frames{
      {.name = "frames", .help = "end after so many images; 0: never", .min = 0}, std::int64_t{0}};
  static constexpr Param<double> density{
      {.name = "density", .help = "traffic and people; 1 is a usual street", .min = 0.0, .max = 2.0}, 1.0};
  static constexpr Param<double> noise{{.name = "noise",
                                        .help = "standard deviation of the sensor noise in grey levels; 0: none",
                                        .min = 0.0,
                                        .max = 30.0},
                                       3.0};
  static constexpr Param<std::string> detail{
      {.name = "detail",
       .help = "full: scenery, shadows and textures as well; low: plain objects only, for long runs of small images",
       .choices = "full|low"},
      "full"};
  static constexpr Param<bool> truth{{.name = "truth", .help = "give the objects' boxes and identities as truth"},
                                     true};
  static constexpr std::array outputs{frame.info()};
  static constexpr std::array params{width.info(),   height.info(), seed.info(),   fps.info(),  frames.info(),
                                     density.info(), noise.info(),  detail.info(), truth.info()};
  static constexpr Execution execution{.source = true};

  Status open(OpenContext& cx) override {
    SceneOptions options;
    options.width = static_cast<int>(cx.param(width));
    options.height = static_cast<int>(cx.param(height));
    options.seed = cx.given(seed) ? static_cast<std::uint64_t>(cx.param(seed)) : cx.seed();
    options.fps = cx.param(fps);
    options.density = cx.param(density);
    options.noise = cx.param(noise);
    options.detail = cx.param(detail) == "low" ? SceneDetail::low : SceneDetail::full;
    scene_.emplace(options);
    end_ = static_cast<std::uint64_t>(cx.param(frames));
    truth_ = cx.param(truth);
    return {};
  }

  Status process(Context& cx) override {
    if (cx.stopping() || (end_ != 0 && next_ == end_)) {
      cx.end_of_stream();
      return {};
    }
    const SceneOptions& options = scene_->options();
    cx.set_media_time(Duration(static_cast<std::int64_t>(static_cast<double>(next_) * 1e9 / options.fps)));
    Frame& out = cx.emit(frame);
    scene_->render(next_++, out.allocate(options.width, options.height, PixelFormat::bgr8),
                   truth_ ? out.truth : unused_);
    out.has_truth = truth_;
    return {};
  }

 private:
  std::optional<RoadScene> scene_;
  std::vector<TruthBox> unused_;
  std::uint64_t next_ = 0;
  std::uint64_t end_ = 0;
  bool truth_ = true;
};

}  // namespace

Status add_ingest_synthetic(Registry& registry) { return registry.add<Synthetic>("ingest.synthetic"); }

}  // namespace weir
