// SPDX-License-Identifier: Apache-2.0
#include "kernels/predict/lstm.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "kernels/predict/dense.hpp"

namespace weir {
namespace {

/// Enlarges a matrix to at least so many columns and keeps what it holds.
void grow(Eigen::MatrixXf& matrix, Eigen::Index rows, Eigen::Index columns) {
  const Eigen::Index before = matrix.cols();
  if (before >= columns) return;
  matrix.conservativeResize(rows, std::max(columns, 2 * before));
  matrix.rightCols(matrix.cols() - before).setZero();
}

/// The first `n` columns of `out` += matrix * x.
void multiply(const Eigen::MatrixXf& matrix, const Eigen::MatrixXf& x, Eigen::Index n, Eigen::MatrixXf& out) {
  weir::add_product(matrix.data(), x.data(), static_cast<std::size_t>(matrix.rows()),
                    static_cast<std::size_t>(matrix.cols()), static_cast<std::size_t>(n), out.data());
}

BoxShift last_velocity(const TrackHistory& track) {
  if (track.size() < 2) return {};
  BoxShift v = shift_between(track.seen(1).box, track.box(), track.box());
  for (float& value : v) value /= static_cast<float>(track.gap());
  return v;
}

}  // namespace

LstmPredictor::LstmPredictor(LstmWeights weights) : weights_(std::move(weights)) {}

void LstmPredictor::make_room(std::size_t places) {
  const auto n = static_cast<Eigen::Index>(places);
  const Eigen::Index units = weights_.recurrent.cols();
  for (Eigen::MatrixXf* state : {&hidden_, &cell_, &h_, &c_}) grow(*state, units, n);
  grow(outputs_, Eigen::Index{LstmWeights::kOutputs}, n);
  grow(out_, Eigen::Index{LstmWeights::kOutputs}, n);
  grow(x_, Eigen::Index{kBoxFeatures}, n);
  grow(gates_, 4 * units, n);
  grow(dense_, weights_.dense.rows(), n);
  if (weights_.query.size() == 0) return;
  grow(past_, Eigen::Index{TrackHistory::kDepth} * units, n);
  grow(looked_for_, units, n);
  grow(context_, 2 * units, n);
}

void LstmPredictor::look_back(const BoxHistory& history, Eigen::Index n) {
  const Eigen::Index units = weights_.recurrent.cols();
  constexpr auto kDepth = static_cast<Eigen::Index>(TrackHistory::kDepth);
  looked_for_.leftCols(n).setZero();
  multiply(weights_.query, h_, n, looked_for_);
  const float scale = 1 / std::sqrt(static_cast<float>(units));
  for (Eigen::Index i = 0; i < n; ++i) {
    const Eigen::Index place = active_[static_cast<std::size_t>(i)];
    const TrackHistory& track = history.tracks()[static_cast<std::size_t>(place)];
    const auto newest = static_cast<Eigen::Index>((track.observed - 1) % std::int64_t{TrackHistory::kDepth});
    const auto known = static_cast<Eigen::Index>(track.size());
    auto past = past_.col(place);
    past.segment(newest * units, units) = h_.col(i);
    const auto state = [&](Eigen::Index age) { return past.segment((newest - age + kDepth) % kDepth * units, units); };
    std::array<float, TrackHistory::kDepth> score{};
    float most = -std::numeric_limits<float>::infinity(), sum = 0;
    for (Eigen::Index age = 0; age < known; ++age) {
      const auto at = static_cast<std::size_t>(age);
      score[at] = scale * looked_for_.col(i).dot(state(age)) + weights_.age_bias[age];
      most = std::max(most, score[at]);
    }
    auto found = context_.col(i).tail(units);
    context_.col(i).head(units) = h_.col(i);
    found.setZero();
    for (Eigen::Index age = 0; age < known; ++age) {
      const float weight = std::exp(score[static_cast<std::size_t>(age)] - most);
      sum += weight;
      found += weight * state(age);
    }
    found /= sum;
  }
}

void LstmPredictor::observe(const BoxHistory& history) {
  const auto features = features_.build(history);
  make_room(features.size());
  active_.clear();
  for (std::size_t place = 0; place < features.size(); ++place) {
    const TrackHistory& track = history.tracks()[place];
    if (track.observed == 0 || track.missed > 0) continue;
    const auto from = static_cast<Eigen::Index>(place), to = static_cast<Eigen::Index>(active_.size());
    if (track.observed == 1) {
      hidden_.col(from).setZero();
      cell_.col(from).setZero();
    }
    x_.col(to) = Eigen::Map<const Eigen::VectorXf>(features[place].data(), Eigen::Index{kBoxFeatures});
    h_.col(to) = hidden_.col(from);
    c_.col(to) = cell_.col(from);
    active_.push_back(from);
  }
  const auto n = static_cast<Eigen::Index>(active_.size());
  if (n == 0) return;
  const Eigen::Index units = weights_.recurrent.cols();
  auto gates = gates_.leftCols(n);
  gates.colwise() = weights_.gate_bias;
  multiply(weights_.input, x_, n, gates_);
  multiply(weights_.recurrent, h_, n, gates_);
  lstm_step(gates_.data(), static_cast<std::size_t>(units), active_.size(), c_.data(), h_.data());
  auto dense = dense_.leftCols(n);
  dense.colwise() = weights_.dense_bias;
  const bool attention = weights_.query.size() > 0;
  if (attention) look_back(history, n);
  multiply(weights_.dense, attention ? context_ : h_, n, dense_);
  dense.array() = dense.array().max(0.F);
  auto out = out_.leftCols(n);
  out.colwise() = weights_.output_bias;
  multiply(weights_.output, dense_, n, out_);
  for (Eigen::Index i = 0; i < n; ++i) {
    const Eigen::Index place = active_[static_cast<std::size_t>(i)];
    hidden_.col(place) = h_.col(i);
    cell_.col(place) = c_.col(i);
    outputs_.col(place) = out.col(i);
  }
}

PredictedBox LstmPredictor::predict(const BoxHistory& history, std::size_t place, int ahead) const {
  const TrackHistory& track = history.tracks()[place];
  const int frames = ahead + track.missed, known = std::min(frames, kFarthestAhead);
  const float farther = static_cast<float>(frames) / static_cast<float>(known);
  const auto column = outputs_.col(static_cast<Eigen::Index>(place));
  const Eigen::Index at = 4 * (Eigen::Index{known} - 1);
  const BoxShift velocity = last_velocity(track);
  BoxShift shift;
  PredictedBox predicted;
  for (std::size_t c = 0; c < 4; ++c) {
    const auto i = static_cast<Eigen::Index>(c);
    const float kept =
        weights_.keep[at + i] + column[Eigen::Index{LstmWeights::kShiftOutputs + LstmWeights::kScaleOutputs} + i];
    shift[c] = farther * (static_cast<float>(known) * kept * velocity[c] + column[at + i]);
    const float side = c % 2 == 0 ? track.box().width() : track.box().height();
    const float scale =
        farther * side * std::exp(std::clamp(column[Eigen::Index{LstmWeights::kShiftOutputs} + at + i], -8.F, 2.F));
    predicted.sigma[c] = scale * weights_.sigma_factor[known - 1];
    predicted.margin[c] = scale * weights_.margin_factor[known - 1];
  }
  predicted.box = shifted(track.box(), shift);
  return predicted;
}

}  // namespace weir
