// SPDX-License-Identifier: Apache-2.0
// What it costs to give the boxes of a frame identities, and to predict the next ones with the network.
#include <fstream>
#include <sstream>

#include "bench/common/bench_main.hpp"
#include "bench/common/machine.hpp"
#include "kernels/base/random.hpp"
#include "kernels/predict/association.hpp"
#include "kernels/predict/lstm.hpp"

namespace weir::bench {
namespace {

const std::string kWeights = std::string(WEIR_SOURCE_DIR) + "/models/proposals/weir_proposals.lstm";
constexpr int kWidth = 1242, kHeight = 375;

Result<LstmWeights> read_weights() {
  std::ifstream file(kWeights, std::ios::binary);
  if (!file) return fail(Code::unavailable, "models/proposals/weir_proposals.lstm is absent");
  std::ostringstream text;
  text << file.rdbuf();
  return parse_lstm_weights(text.str());
}

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

/// Microseconds per frame, the median over frames, and how many tracks there were in the end.
double measure(const LstmWeights& weights, std::size_t count, int frames) {
  Random random(1);
  LstmPredictor predictor(weights);
  BoxHistory history;
  BoxAssociation association;
  std::vector<IdentifiedBox> boxes = start(count, random);
  std::vector<double> times;
  float sum = 0;
  for (int frame = 0; frame < frames; ++frame) {
    move(boxes, random);
    const double begin = wall_seconds();
    const auto ids = association.associate(history, predictor, boxes);
    for (std::size_t i = 0; i < boxes.size(); ++i) boxes[i].id = ids[i];
    history.advance(boxes, kWidth, kHeight);
    predictor.observe(history);
    for (const IdentifiedBox& object : boxes) sum += predictor.predict(history, history.find(object.id), 1).box.left;
    if (frame > frames / 10) times.push_back(1e6 * (wall_seconds() - begin));
  }
  return sum < 1e30F ? quantile(times, 0.5) : 0;  // the sum keeps the predictions from being left out
}

Status run(Reporter& reporter) {
  const auto weights = read_weights();
  if (!weights) return weights.error();
  const int repetitions = reporter.brief() ? 1 : 9, frames = reporter.brief() ? 20 : 1000;
  for (const std::size_t count : {8U, 64U}) {
    std::vector<double> times;
    for (int i = 0; i < repetitions; ++i) times.push_back(measure(*weights, count, frames));
    reporter.print("us_" + std::to_string(count), summarise(std::move(times)));
  }
  return {};
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) { return weir::bench::bench_main(argc, argv, "propose", weir::bench::run); }
