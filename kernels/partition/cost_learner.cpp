// SPDX-License-Identifier: Apache-2.0
#include "kernels/partition/cost_learner.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace weir {
namespace {

constexpr double kFade = 0.97;      // of a point's weight per further point: about the last 30 count
constexpr double kSlowPoints = 3;   // a point farther off than so many times the usual distance counts less
constexpr double kQueueFade = 0.9;  // of a queue per frame
constexpr double kShare = 0.1;      // of a new value in a running mean
constexpr double kTypicalBytes = 5e4, kTypicalMegapixels = 0.2;

double ms_per_byte(const CostModel& cost) { return 8e-3 / cost.link_mbit_s; }

bool usable(const PartTiming& t) {
  return std::ranges::all_of(std::array{t.bytes, t.pixels, t.width, t.height, t.service_ms, t.elapsed_ms},
                             [](double value) { return std::isfinite(value) && value >= 0; });
}

double padded(double side, int stride) { return std::ceil(side / stride) * stride; }

}  // namespace

FadingLine::FadingLine(double fixed, double slope, double x_range, double weight)
    : fixed_(fixed), slope_(slope), spread_(0.1 * (fixed + slope * x_range)) {
  for (const double x : {0.0, x_range}) {
    const double y = fixed + slope * x, w = weight / 2;
    w_ += w;
    x_ += w * x;
    y_ += w * y;
    xx_ += w * x * x;
    xy_ += w * x * y;
  }
}

void FadingLine::add(double x, double y) {
  const double off = std::abs(y - fixed_ - slope_ * x);
  const double limit = kSlowPoints * spread_;
  const double weight = off > limit && off > 0 ? limit / off : 1;
  spread_ = std::max((1 - kShare) * spread_ + kShare * std::min(off, 2 * limit), 1e-3 * (std::abs(y) + 1e-3));
  for (double* sum : {&w_, &x_, &y_, &xx_, &xy_}) *sum *= kFade;
  w_ += weight;
  x_ += weight * x;
  y_ += weight * y;
  xx_ += weight * x * x;
  xy_ += weight * x * y;
  ++points_;
  solve();
}

void FadingLine::solve() {
  const double mean_x = x_ / w_, mean_y = y_ / w_;
  const double variance = xx_ / w_ - mean_x * mean_x, covariance = xy_ / w_ - mean_x * mean_y;
  // Points at one place tell nothing of the slope: it stays.
  if (variance > 1e-6 * mean_x * mean_x) slope_ = std::max(covariance / variance, 0.0);
  fixed_ = mean_y - slope_ * mean_x;
  if (fixed_ >= 0) return;
  fixed_ = 0;
  slope_ = xx_ > 0 ? std::max(xy_ / xx_, 0.0) : 0;
}

CostLearner::CostLearner(const CostModel& start)
    : start_(start),
      model_(start),
      link_(0, ms_per_byte(start), kTypicalBytes),
      bytes_per_pixel_(start.bytes_per_pixel) {}

CostLearner::Worker CostLearner::fresh() const {
  const WorkerCost& cost = start_.workers.front();
  return {FadingLine(cost.fixed_ms, cost.ms_per_megapixel, kTypicalMegapixels), cost.queue_ms, false};
}

CostLearner::Worker* CostLearner::worker(std::int32_t number) {
  const std::size_t index = number < 0 ? 0 : static_cast<std::size_t>(number);
  if (index >= kMostWorkers) return nullptr;
  while (workers_.size() <= index) workers_.push_back(fresh());
  return &workers_[index];
}

void CostLearner::begin_frame() {
  sent_ = 0;
  for (Worker& worker : workers_) worker.queue_ms *= kQueueFade;
}

void CostLearner::add(const PartTiming& timing) {
  if (!usable(timing)) return;
  sent_ += timing.bytes;
  Worker* from = timing.worker < 0 && !timing.answered ? nullptr : worker(timing.worker);
  if (from == nullptr) return;
  from->seen = true;
  if (!timing.answered) {
    from->queue_ms = std::max(from->queue_ms, timing.elapsed_ms);
    return;
  }
  local_ = timing.worker < 0;
  const double megapixels = 1e-6 * padded(timing.width, start_.stride) * padded(timing.height, start_.stride);
  from->service.add(megapixels, timing.service_ms);
  if (local_) return;
  if (timing.pixels > 0) bytes_per_pixel_ += kShare * (timing.bytes / timing.pixels - bytes_per_pixel_);
  const double on_the_way = std::max(timing.elapsed_ms - timing.service_ms, 0.0);
  const double queue = std::max(on_the_way - link_.fixed() - link_.slope() * sent_, 0.0);
  from->queue_ms += kShare * (queue - from->queue_ms);
  link_.add(sent_, on_the_way);
}

void CostLearner::end_frame() {
  const std::size_t count = local_ ? 1 : std::max(workers_.size(), start_.workers.size());
  WorkerCost mean;
  double seen = 0;
  mean.fixed_ms = mean.ms_per_megapixel = 0;
  for (const Worker& worker : workers_) {
    if (!worker.seen) continue;
    mean.fixed_ms += worker.service.fixed();
    mean.ms_per_megapixel += worker.service.slope();
    ++seen;
  }
  if (seen == 0) return;
  mean = {mean.fixed_ms / seen, mean.ms_per_megapixel / seen, 0};
  model_.workers.assign(count, mean);
  for (std::size_t i = 0; i < std::min(count, workers_.size()); ++i) {
    const Worker& worker = workers_[i];
    if (worker.seen) model_.workers[i] = {worker.service.fixed(), worker.service.slope(), worker.queue_ms};
  }
  for (WorkerCost& worker : model_.workers) worker.fixed_ms += link_.fixed();  // the way there and back
  model_.bytes_per_pixel = std::max(bytes_per_pixel_, 1e-3);
  model_.link_mbit_s = 8e-3 / std::max(link_.slope(), 1e-9);
}

}  // namespace weir
