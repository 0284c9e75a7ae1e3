// SPDX-License-Identifier: Apache-2.0
#include "kernels/predict/autoregressive.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "kernels/predict/weight_table.hpp"

namespace weir {
namespace {

constexpr std::size_t kSteps = AutoregressiveWeights::kSteps;
constexpr std::string_view kKind = "autoregressive";
constexpr Eigen::Index kRowLength = kSteps, kRows = kSteps * kFarthestAhead * 4;  // as the file has them
constexpr int kRounds = 30;
constexpr double kLeastError = 1e-3;  // in box sizes: smaller errors weigh no more than this
constexpr double kRidge = 10;
constexpr float kMostShift = 4, kMostLog = 1;

/// The last changes of a track per frame, newest first, in units of its present box; how many there are.
std::size_t changes_of(const TrackHistory& track, std::array<BoxShift, kSteps>& changes) {
  const std::size_t known = std::min(kSteps, track.size() - 1);
  for (std::size_t i = 0; i < known; ++i) {
    const SeenBox &to = track.seen(i), &from = track.seen(i + 1);
    changes[i] = shift_between(from.box, to.box, track.box());
    const float scale = 1.F / static_cast<float>(to.frame - from.frame);
    for (float& value : changes[i]) value *= scale;
  }
  return known;
}

/// What is known of one box and where it went.
struct Example {
  std::array<BoxShift, kSteps> changes{};
  BoxShift target{};
};

using Examples = std::array<std::array<std::vector<Example>, kFarthestAhead>, kSteps>;

const IdentifiedBox* find(const BoxFrame& frame, std::int64_t id) {
  const auto found = std::ranges::find(frame.boxes, id, &IdentifiedBox::id);
  return found == frame.boxes.end() ? nullptr : &*found;
}

void collect(const BoxSequence& sequence, Examples& examples) {
  BoxHistory history;
  for (std::size_t i = 0; i < sequence.frames.size(); ++i) {
    const BoxFrame& frame = sequence.frames[i];
    if (i > 0) history.skip(frame.frame - sequence.frames[i - 1].frame - 1);
    history.advance(frame.boxes, frame.width, frame.height);
    for (const IdentifiedBox& object : frame.boxes) {
      const TrackHistory& track = history.tracks()[history.find(object.id)];
      Example example;
      const std::size_t known = changes_of(track, example.changes);
      if (known == 0) continue;
      for (std::size_t j = i + 1; j < sequence.frames.size(); ++j) {
        const std::int64_t ahead = sequence.frames[j].frame - frame.frame;
        if (ahead > kFarthestAhead) break;
        const IdentifiedBox* target = find(sequence.frames[j], object.id);
        if (target == nullptr) continue;
        example.target = shift_between(object.box, target->box, object.box);
        examples[known - 1][static_cast<std::size_t>(ahead) - 1].push_back(example);
      }
    }
  }
}

/// One row of weights: 5 unknowns at most.
AutoregressiveWeights::Row fit_row(const std::vector<Example>& examples, std::size_t known, std::size_t coordinate,
                                   int ahead) {
  const auto n = static_cast<Eigen::Index>(known);
  Eigen::VectorXd start = Eigen::VectorXd::Zero(n);
  start[0] = ahead;  // constant velocity
  Eigen::VectorXd weights = start, x(n);
  for (int round = 0; round < kRounds; ++round) {
    Eigen::MatrixXd normal = 1e-3 * kRidge * Eigen::MatrixXd::Identity(n, n);
    Eigen::VectorXd right = normal * start;
    for (const Example& example : examples) {
      for (Eigen::Index i = 0; i < n; ++i) x[i] = example.changes[static_cast<std::size_t>(i)][coordinate];
      const double error = std::abs(x.dot(weights) - example.target[coordinate]);
      const double weight = 1 / std::max(error, kLeastError) / std::max(error, 1.0);
      normal.noalias() += weight * x * x.transpose();
      right += weight * example.target[coordinate] * x;
    }
    weights = normal.ldlt().solve(right);
  }
  AutoregressiveWeights::Row row{};
  for (std::size_t i = 0; i < known; ++i) row[i] = static_cast<float>(weights[static_cast<Eigen::Index>(i)]);
  return row;
}

}  // namespace

BoxShift shift_between(const Box& from, const Box& to, const Box& unit) {
  return {(to.center_x() - from.center_x()) / unit.width(), (to.center_y() - from.center_y()) / unit.height(),
          std::log(to.width() / from.width()), std::log(to.height() / from.height())};
}

Box shifted(const Box& box, const BoxShift& shift) {
  const float x = box.center_x() + box.width() * std::clamp(shift[0], -kMostShift, kMostShift);
  const float y = box.center_y() + box.height() * std::clamp(shift[1], -kMostShift, kMostShift);
  const float half_width = 0.5F * box.width() * std::exp(std::clamp(shift[2], -kMostLog, kMostLog));
  const float half_height = 0.5F * box.height() * std::exp(std::clamp(shift[3], -kMostLog, kMostLog));
  return {x - half_width, y - half_height, x + half_width, y + half_height};
}

AutoregressiveWeights fit_autoregressive(std::span<const BoxSequence* const> sequences) {
  Examples examples;
  for (const BoxSequence* sequence : sequences) collect(*sequence, examples);
  AutoregressiveWeights weights;
  for (std::size_t known = 1; known <= kSteps; ++known) {
    for (int ahead = 1; ahead <= kFarthestAhead; ++ahead) {
      const auto a = static_cast<std::size_t>(ahead) - 1;
      for (std::size_t c = 0; c < 4; ++c) {
        weights.rows[known - 1][a][c] = fit_row(examples[known - 1][a], known, c, ahead);
      }
    }
  }
  return weights;
}

std::string format_autoregressive_weights(const AutoregressiveWeights& weights,
                                          std::span<const std::string> fitted_to) {
  Eigen::MatrixXf rows(kRowLength, kRows);
  static_assert(sizeof(weights.rows) == sizeof(float) * kRowLength * kRows);
  std::memcpy(rows.data(), &weights.rows, sizeof(weights.rows));
  const std::array entries{weight_entry("rows", rows)};
  return format_weight_table(kKind, fitted_to, entries);
}

Result<AutoregressiveWeights> parse_autoregressive_weights(std::string_view bytes) {
  Eigen::MatrixXf rows;
  const std::array entries{weight_entry("rows", rows)};
  const auto sequences =
      parse_weight_table(kKind, bytes, entries, [&rows] { return rows.rows() == kRowLength && rows.cols() == kRows; });
  if (!sequences) return fail(sequences.error());
  AutoregressiveWeights weights;
  std::memcpy(&weights.rows, rows.data(), sizeof(weights.rows));
  return weights;
}

PredictedBox AutoregressivePredictor::predict(const BoxHistory& history, std::size_t place, int ahead) const {
  const TrackHistory& track = history.tracks()[place];
  const int frames = ahead + track.missed, fitted = std::min(frames, kFarthestAhead);
  std::array<BoxShift, kSteps> changes;
  const std::size_t known = changes_of(track, changes);
  BoxShift shift{};
  for (std::size_t c = 0; c < 4 && known > 0; ++c) {
    const auto& row = weights_.rows[known - 1][static_cast<std::size_t>(fitted) - 1][c];
    for (std::size_t i = 0; i < known; ++i) shift[c] += row[i] * changes[i][c];
    shift[c] *= static_cast<float>(frames) / static_cast<float>(fitted);
  }
  return {shifted(track.box(), shift)};
}

}  // namespace weir
