// SPDX-License-Identifier: Apache-2.0
#include "bench/models/scored_detector.hpp"

#include <fstream>
#include <sstream>

#include "bench/common/machine.hpp"
#include "bench/detection/bare_loop.hpp"
#include "kernels/eval/kitti_format.hpp"
#include "kernels/eval/kitti_types.hpp"
#include "kernels/eval/object_ap.hpp"
#include "kernels/scene/road_scene.hpp"
#include "stages/infer/coco_classes.hpp"
#include "stages/infer/detector_facts.hpp"

namespace weir::bench {
namespace {

constexpr std::int64_t kLastFrame = 66;
constexpr std::uint64_t kFirstSeed = 700000;
constexpr int kSceneStep = 20;

}  // namespace

Result<ScoredFrames> kitti_frames() {
  auto data = find_detection_data();
  if (!data) return fail(data.error());
  const std::string labels = data_path("kitti_tracking/label_02/0002.txt");
  if (labels.empty()) return fail(Code::unavailable, "the labels of KITTI tracking 0002 are absent; set WEIR_DATA");
  std::ostringstream text;
  text << std::ifstream(labels).rdbuf();
  ScoredFrames frames;
  frames.truth.resize(kLastFrame + 1);
  for (TruthRow& row : parse_tracking_truth(text.str()).rows) {
    if (row.frame <= kLastFrame) frames.truth[static_cast<std::size_t>(row.frame)].truth.push_back(row.object);
  }
  ImageDecoder decoder;
  for (std::size_t i = 0; i < frames.truth.size() && i < data->images.size(); ++i) {
    frames.truth[i].frame = static_cast<std::int64_t>(i);
    if (Status status = decoder.read(data->images[i], frames.images.emplace_back()); !status)
      return fail(status.error());
  }
  return frames;
}

ScoredFrames drawn_frames(int scenes, int frames) {
  ScoredFrames drawn;
  for (int s = 0; s < scenes; ++s) {
    SceneOptions options;
    options.seed = kFirstSeed + static_cast<std::uint64_t>(s);
    RoadScene scene(options);
    for (int f = 0; f < frames; ++f) {
      MutableImageView view = drawn.images.emplace_back().allocate(options.width, options.height, PixelFormat::bgr8);
      EvalFrame& truth = drawn.truth.emplace_back();
      truth.frame = s * frames + f;
      scene.render(static_cast<std::uint64_t>(f) * kSceneStep, view, truth.truth);
      for (TruthBox& object : truth.truth) {
        // KITTI tells cars from trucks; the detector has one class for them, and finding one is no false alarm.
        if (object.type == "Van" || object.type == "Truck" || object.type == "Bus") object.type = "Car";
      }
    }
  }
  return drawn;
}

Result<std::unique_ptr<ScoredDetector>> ScoredDetector::load(const std::string& model, int width, int height,
                                                             float score) {
  const DetectorFacts facts = read_detector_facts(model);
  DetectorOptions options;
  options.model = model;
  options.decoder = decoder_named(facts.decoder);
  options.width = width;
  options.height = height;
  options.score = score;
  options.classes = facts.classes.empty() ? coco_classes() : facts.classes;
  // KITTI's types are fewer than COCO's classes: what is one type there must suppress itself.
  for (std::size_t c = 0; c < options.classes.size(); ++c) {
    const auto type = kitti_type(options.classes[c]);
    std::int32_t first = -1;
    for (std::size_t k = 0; type && first < 0; ++k) {
      const auto other = kitti_type(options.classes[k]);
      if (other && same_type(*other, *type)) first = static_cast<std::int32_t>(k);
    }
    options.class_map.push_back(first);
  }
  auto network = DetectorNetwork::load(std::move(options), 1);
  if (!network) return fail(network.error());
  auto detector = std::make_unique<ScoredDetector>();
  detector->network_ = std::move(*network);
  auto worker = DetectorWorker::create(*detector->network_);
  if (!worker) return fail(worker.error());
  detector->worker_ = std::move(*worker);
  return detector;
}

Result<std::vector<EvalFrame>> ScoredDetector::run(const ScoredFrames& frames, double& seconds) {
  std::vector<EvalFrame> scored = frames.truth;
  std::vector<Detection> boxes;
  const double start = wall_seconds();
  for (std::size_t i = 0; i < frames.images.size(); ++i) {
    const ImageView& image = frames.images[i].image;
    boxes.clear();
    if (Status status = worker_->run({{image, {0, 0, image.width, image.height}, &boxes}}); !status) {
      return fail(status.error());
    }
    worker_->suppress(boxes, {.iou = 0.5F});
    for (const Detection& box : boxes) {
      const auto name = network_->options().classes[static_cast<std::size_t>(box.class_id)];
      scored[i].results.push_back({box.box, std::string(kitti_type(name).value_or("Misc")), box.score, -1});
    }
  }
  seconds = (wall_seconds() - start) / static_cast<double>(frames.images.size());
  return scored;
}

Precision50And70 precision_of(const std::vector<EvalFrame>& frames, const std::string& type) {
  Precision50And70 found;
  for (auto [overlap, ap] : {std::pair{0.5, &found.ap50}, std::pair{0.7, &found.ap70}}) {
    const ObjectApResult result = object_ap(frames, {type, overlap, LowResults::spared});
    *ap = result.at(Difficulty::moderate).interpolated;
    found.truth = result.at(Difficulty::moderate).truth;
  }
  return found;
}

}  // namespace weir::bench
