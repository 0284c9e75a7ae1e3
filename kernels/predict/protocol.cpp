// SPDX-License-Identifier: Apache-2.0
#include "kernels/predict/protocol.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/predict/association.hpp"

namespace weir {
namespace {

constexpr double kLeakyGate = 0.02;

const IdentifiedBox* find(const BoxFrame& frame, std::int64_t id) {
  const auto found = std::ranges::find(frame.boxes, id, &IdentifiedBox::id);
  return found == frame.boxes.end() ? nullptr : &*found;
}

bool contains(const Box& outer, const Box& inner) {
  return outer.left <= inner.left && outer.top <= inner.top && outer.right >= inner.right &&
         outer.bottom >= inner.bottom;
}

void count(PredictionSums& sums, const PredictionSample& sample) {
  const float overlap = iou(sample.predicted.box, sample.truth);
  const Box wide = widened(sample.predicted);
  ++sums.boxes;
  sums.loss += 1 - overlap;
  sums.missed += overlap < 0.5F ? 1 : 0;
  sums.contained += contains(wide, sample.truth) ? 1 : 0;
  sums.area += inside_frame(wide, sample.width, sample.height).area() / sample.truth.area();
}

using TakeSample = std::function<void(const PredictionSample&)>;

/// Hands over all samples of frame `i`; `ids` are what the history knows its boxes by.
void predict_frame(const BoxSequence& sequence, std::size_t i, std::span<const std::int64_t> ids,
                   const BoxHistory& history, const BoxPredictor& predictor, Cut cut, const TakeSample& take) {
  const BoxFrame& frame = sequence.frames[i];
  if (i == 0 || sequence.frames[i - 1].frame != frame.frame - 1) return;
  for (std::size_t b = 0; b < frame.boxes.size(); ++b) {
    if (find(sequence.frames[i - 1], frame.boxes[b].id) == nullptr) continue;
    for (std::size_t j = i + 1; j < sequence.frames.size(); ++j) {
      const std::int64_t ahead = sequence.frames[j].frame - frame.frame;
      if (ahead > kFarthestAhead) break;
      const IdentifiedBox* truth = find(sequence.frames[j], frame.boxes[b].id);
      const std::size_t place = history.find(ids[b]);
      if (truth == nullptr || place == BoxHistory::kNone) continue;
      PredictedBox predicted = predictor.predict(history, place, static_cast<int>(ahead));
      if (cut == Cut::to_frame) predicted.box = inside_frame(predicted.box, frame.width, frame.height);
      take({static_cast<int>(ahead), predicted, truth->box, frame.width, frame.height});
    }
  }
}

/// The box of `candidates` nearest to `wanted` in the authors' measure, or `wanted` itself where none is near.
Box leaky_match(const Box& wanted, const BoxFrame& candidates, double width, double height, bool& overwritten) {
  double least = std::numeric_limits<double>::infinity();
  Box best = wanted;
  for (const IdentifiedBox& candidate : candidates.boxes) {
    const Box& box = candidate.box;
    const double distance = std::abs(box.center_x() - wanted.center_x()) / width +
                            std::abs(box.center_y() - wanted.center_y()) / height +
                            std::abs(std::sqrt(box.area()) - std::sqrt(wanted.area())) / std::sqrt(width * height);
    if (distance >= least) continue;
    least = distance;
    best = box;
  }
  overwritten = least > kLeakyGate;
  return overwritten ? wanted : best;
}

double squared(double value) { return value * value; }

}  // namespace

void PredictionSums::add(const PredictionSums& other) {
  boxes += other.boxes;
  loss += other.loss;
  missed += other.missed;
  contained += other.contained;
  area += other.area;
}

void LeakyScore::add(const LeakyScore& other) {
  windows += other.windows;
  loss += other.loss;
  boxes += other.boxes;
  overwritten += other.overwritten;
}

void predict_honestly(const BoxSequence& sequence, BoxPredictor& predictor, Identity identity, Cut cut,
                      const TakeSample& take) {
  BoxHistory history;
  BoxAssociation association;
  std::vector<std::int64_t> ids;
  std::vector<IdentifiedBox> seen;
  for (std::size_t i = 0; i < sequence.frames.size(); ++i) {
    const BoxFrame& frame = sequence.frames[i];
    const std::int64_t skipped = i == 0 ? 0 : frame.frame - sequence.frames[i - 1].frame - 1;
    history.skip(skipped);
    ids.clear();
    seen = frame.boxes;
    if (identity == Identity::own) {
      const auto found = association.associate(history, predictor, seen);
      ids.assign(found.begin(), found.end());
      for (std::size_t b = 0; b < seen.size(); ++b) seen[b].id = ids[b];
    } else {
      for (const IdentifiedBox& box : seen) ids.push_back(box.id);
    }
    history.advance(seen, frame.width, frame.height);
    predictor.observe(history);
    predict_frame(sequence, i, ids, history, predictor, cut, take);
  }
}

HonestScore score_honestly(const BoxSequence& sequence, BoxPredictor& predictor, Identity identity, Cut cut) {
  HonestScore score{};
  predict_honestly(sequence, predictor, identity, cut, [&score](const PredictionSample& sample) {
    count(score[static_cast<std::size_t>(sample.ahead) - 1], sample);
  });
  return score;
}

LeakyScore score_leaky(const BoxSequence& sequence, BoxPredictor& predictor) {
  LeakyScore score;
  BoxHistory history;
  std::array<std::vector<IdentifiedBox>, 2> inputs;
  for (std::size_t i = 2; i < sequence.frames.size(); ++i) {
    const BoxFrame& target = sequence.frames[i];
    const double width = target.width, height = target.height;
    for (std::size_t age = 0; age < inputs.size(); ++age) {
      inputs[age].clear();
      for (std::size_t b = 0; b < target.boxes.size(); ++b) {
        bool overwritten = false;
        const IdentifiedBox& wanted = target.boxes[b];
        const Box match = leaky_match(wanted.box, sequence.frames[i - 1 - age], width, height, overwritten);
        inputs[age].push_back({match, static_cast<std::int64_t>(b), wanted.class_id});
        if (age == 0 && overwritten) ++score.overwritten;
      }
    }
    history.reset();
    for (const std::size_t age : {1U, 0U}) {
      history.advance(inputs[age], target.width, target.height);
      predictor.observe(history);
    }
    double squares = 0, loss = 0;
    for (std::size_t b = 0; b < target.boxes.size(); ++b) {
      const Box truth = target.boxes[b].box;
      const Box box = predictor.predict(history, history.find(static_cast<std::int64_t>(b)), 1).box;
      squares += squared((box.left - truth.left) / width) + squared((box.right - truth.right) / width) +
                 squared((box.top - truth.top) / height) + squared((box.bottom - truth.bottom) / height);
      loss += 1 - iou(box, truth);
    }
    const auto boxes = static_cast<double>(target.boxes.size());
    score.boxes += static_cast<std::int64_t>(target.boxes.size());
    score.loss += target.boxes.empty() ? 0 : (squares + loss) / boxes;
    ++score.windows;
  }
  return score;
}

}  // namespace weir
