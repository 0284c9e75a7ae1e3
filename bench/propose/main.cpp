// SPDX-License-Identifier: Apache-2.0
// What it costs to give the boxes of a frame identities, to predict the next ones with the network and to cut the next
// frame round them, and to measure how the camera moved.
#include <opencv2/imgcodecs.hpp>

#include "bench/boxes/box_data.hpp"
#include "bench/common/bench_main.hpp"
#include "bench/common/machine.hpp"
#include "kernels/base/random.hpp"
#include "kernels/motion/camera_motion.hpp"
#include "kernels/partition/content.hpp"
#include "kernels/predict/association.hpp"
#include "kernels/predict/lstm.hpp"

namespace weir::bench {
namespace {

constexpr int kWidth = 1242, kHeight = 375;

/// Objects that move a little in each frame.
std::vector<IdentifiedBox> start(std::size_t count, Random& random) {
  std::vector<IdentifiedBox> boxes;
  for (std::size_t i = 0; i < count; ++i) {
    const auto x = static_cast<float>(random.uniform(0, kWidth - 60)), y = static_cast<float>(random.uniform(0, 300));
    boxes.push_back({{x, y, x + 50, y + 40}, 0, 1});
  }
  return boxes;
}

void move(std::vector<IdentifiedBox>& boxes, Random& random) {
  for (IdentifiedBox& object : boxes) {
    const auto x = static_cast<float>(random.uniform(-2, 2)), y = static_cast<float>(random.uniform(-1, 1));
    object.box = {object.box.left + x, object.box.top + y, object.box.right + x, object.box.bottom + y};
  }
}

/// Microseconds per frame, the median over frames.
double measure(const LstmWeights& weights, std::size_t count, int frames) {
  Random random(1);
  LstmPredictor predictor(weights);
  BoxHistory history;
  BoxAssociation association;
  auto partition = *ContentPartition::create({});
  CostModel cost;
  cost.workers.assign(3, WorkerCost{});
  std::vector<ExpectedObject> expected;
  std::vector<IdentifiedBox> boxes = start(count, random);
  std::vector<double> times;
  std::size_t parts = 0;
  for (int frame = 0; frame < frames; ++frame) {
    move(boxes, random);
    const double begin = wall_seconds();
    const auto ids = association.associate(history, predictor, boxes);
    for (std::size_t i = 0; i < boxes.size(); ++i) boxes[i].id = ids[i];
    history.advance(boxes, kWidth, kHeight);
    predictor.observe(history);
    expected.clear();
    for (const IdentifiedBox& object : boxes) {
      const PredictedBox next = predictor.predict(history, history.find(object.id), 1);
      expected.push_back({next.box, object.id, next.margin});
    }
    parts += partition.cut(expected, kWidth, kHeight, cost).size();
    if (frame > frames / 10) times.push_back(1e6 * (wall_seconds() - begin));
  }
  return parts > 0 ? quantile(times, 0.5) : 0;  // all frames have parts
}

/// Consecutive pictures of a real drive; none where they are absent.
std::vector<cv::Mat> read_drive(int count) {
  std::vector<cv::Mat> pictures;
  for (int i = 0; i < count; ++i) {
    const std::string digits = "00000" + std::to_string(40 + i);
    const std::string name = "kitti_tracking/image_02/0002/" + digits.substr(digits.size() - 6) + ".png";
    const std::string path = data_path(name);
    if (path.empty()) return {};
    pictures.push_back(cv::imread(path));
    if (pictures.back().empty()) return {};
  }
  return pictures;
}

/// Milliseconds per frame, the median over frames: pixels to camera motion, with a few objects left out.
double measure_motion(const std::vector<cv::Mat>& pictures, int frames) {
  CameraMotion camera;
  const std::array<Box, 3> objects{Box{100, 180, 260, 260}, Box{600, 170, 640, 200}, Box{900, 150, 1100, 300}};
  std::vector<double> times;
  const auto last = static_cast<int>(pictures.size()) - 1;
  for (int frame = 0; frame < frames; ++frame) {
    const int at = frame % (2 * last);  // forth and back, so that neighbours follow each other
    const cv::Mat& picture = pictures[static_cast<std::size_t>(at <= last ? at : 2 * last - at)];
    const ImageView view{picture.data, picture.cols, picture.rows, static_cast<std::ptrdiff_t>(picture.step[0]),
                         PixelFormat::bgr8};
    const double begin = wall_seconds();
    camera.next(view, objects);
    if (frame > frames / 10) times.push_back(1e3 * (wall_seconds() - begin));
  }
  return quantile(times, 0.5);
}

Status run(Reporter& reporter) {
  const auto weights = read_lstm_weights();
  if (!weights) return weights.error();
  const int repetitions = reporter.brief() ? 1 : 9, frames = reporter.brief() ? 20 : 1000;
  for (const std::size_t count : {8U, 64U}) {
    std::vector<double> times;
    for (int i = 0; i < repetitions; ++i) times.push_back(measure(*weights, count, frames));
    reporter.print("us_" + std::to_string(count), summarise(std::move(times)));
  }
  const std::vector<cv::Mat> pictures = read_drive(10);
  if (pictures.empty()) {
    reporter.skip("motion_ms", "the reference data is absent");
    return {};
  }
  std::vector<double> times;
  for (int i = 0; i < repetitions; ++i) times.push_back(measure_motion(pictures, reporter.brief() ? 20 : 400));
  reporter.print("motion_ms", summarise(std::move(times)));
  return {};
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) { return weir::bench::bench_main(argc, argv, "propose", weir::bench::run); }
