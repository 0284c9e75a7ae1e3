// SPDX-License-Identifier: Apache-2.0
// What the shipped and the fetched detector find, and what they cost, beside YOLOX-Nano in the same run.
#include <algorithm>
#include <filesystem>

#include "bench/common/bench_main.hpp"
#include "bench/common/machine.hpp"
#include "bench/detection/bare_loop.hpp"
#include "bench/models/scored_detector.hpp"

namespace weir::bench {
namespace {

const std::string kOwn = std::string(WEIR_SOURCE_DIR) + "/models/weir_nano.onnx";
const std::string kFetched = std::string(WEIR_SOURCE_DIR) + "/models/cache/nanodet.onnx";

Figure one(double value) { return summarise({value}); }

struct Measured {
  Precision50And70 car;
  double ms = 0;
};

Result<Measured> score_cars(const std::string& model, const ScoredFrames& frames, int width, int height) {
  auto detector = ScoredDetector::load(model, width, height, kAllScores);
  if (!detector) return fail(detector.error());
  double seconds = 0;
  auto scored = (*detector)->run(frames, seconds);
  if (!scored) return fail(scored.error());
  return Measured{precision_of(*scored, "Car"), seconds * 1e3};
}

Also beside(const Measured& own, const Measured& baseline) {
  return {{"cars", static_cast<double>(own.car.truth)},
          {"ms", own.ms},
          {"baseline_ap50", baseline.car.ap50},
          {"baseline_ap70", baseline.car.ap70},
          {"baseline_ms", baseline.ms}};
}

/// Two figures of one model at one size beside YOLOX-Nano at another.
Status compare(Reporter& reporter, const std::string& prefix, const std::string& model, const ScoredFrames& frames,
               std::pair<int, int> size, std::pair<int, int> baseline_size) {
  const auto data = find_detection_data();
  if (!data) return data.error();
  const auto baseline = score_cars(data->model, frames, baseline_size.first, baseline_size.second);
  if (!baseline) return baseline.error();
  const auto own = score_cars(model, frames, size.first, size.second);
  if (!own) return own.error();
  reporter.print(prefix + "_ap50", one(own->car.ap50), beside(*own, *baseline));
  reporter.print(prefix + "_ap70", one(own->car.ap70), beside(*own, *baseline));
  return {};
}

/// Time per picture against YOLOX-Nano's, in turns.
Status cost(Reporter& reporter, const ScoredFrames& frames) {
  const auto data = find_detection_data();
  if (!data) return data.error();
  auto own = ScoredDetector::load(kOwn, 640, 192, kUsualScore);
  if (!own) return own.error();
  auto baseline = ScoredDetector::load(data->model, 640, 192, kUsualScore);
  if (!baseline) return baseline.error();
  std::vector<double> ratios, own_ms, baseline_ms;
  const int repetitions = reporter.brief() ? 1 : 15;
  for (int i = -1; i < repetitions; ++i) {
    double a = 0, b = 0;
    if (auto run = (*baseline)->run(frames, b); !run) return run.error();
    if (auto run = (*own)->run(frames, a); !run) return run.error();
    if (i < 0) continue;
    ratios.push_back(a / b);
    own_ms.push_back(a * 1e3);
    baseline_ms.push_back(b * 1e3);
  }
  reporter.print("own_cost", summarise(ratios),
                 {{"ms", summarise(own_ms).value}, {"baseline_ms", summarise(baseline_ms).value}});
  return {};
}

Status on_drawn_scenes(Reporter& reporter) {
  const ScoredFrames frames = reporter.brief() ? drawn_frames(1, 2) : drawn_frames(20, 10);
  auto detector = ScoredDetector::load(kOwn, 960, 288, kAllScores);
  if (!detector) return detector.error();
  double seconds = 0;
  auto scored = (*detector)->run(frames, seconds);
  if (!scored) return scored.error();
  Also also;
  double least = 100;
  for (const char* type : {"Car", "Pedestrian", "Cyclist"}) {
    const Precision50And70 found = precision_of(*scored, type);
    also.emplace_back(type, found.ap50);
    also.emplace_back(std::string(type) + "_objects", static_cast<double>(found.truth));
    least = std::min(least, found.ap50);
  }
  reporter.print("drawn_ap50", one(least), also);
  return {};
}

Status run(Reporter& reporter) {
  if (!std::filesystem::exists(kOwn)) return {Code::unavailable, "models/weir_nano.onnx is absent"};
  reporter.print("own_mb", one(static_cast<double>(std::filesystem::file_size(kOwn)) * 1e-6));
  if (Status status = on_drawn_scenes(reporter); !status) return status;
  auto frames = kitti_frames();
  if (!frames) return frames.error();
  if (reporter.brief()) {
    frames->images.resize(2);
    frames->truth.resize(2);
  }
  if (Status status = cost(reporter, *frames); !status) return status;
  if (Status s = compare(reporter, "own_640", kOwn, *frames, {640, 192}, {480, 160}); !s) return s;
  if (Status s = compare(reporter, "own_960", kOwn, *frames, {960, 288}, {960, 288}); !s) return s;
  if (!std::filesystem::exists(kFetched)) {
    for (const char* metric : {"nanodet_ap50", "nanodet_ap70"})
      reporter.skip(metric, "run scripts/get-model nanodet first");
    return {};
  }
  return compare(reporter, "nanodet", kFetched, *frames, {640, 192}, {640, 192});
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) { return weir::bench::bench_main(argc, argv, "models", weir::bench::run); }
