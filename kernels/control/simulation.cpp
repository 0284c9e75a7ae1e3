// SPDX-License-Identifier: Apache-2.0
#include "kernels/control/simulation.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/base/random.hpp"

namespace weir {
namespace {

/// Drops the consumed front of a queue kept in a vector, now and then.
template <typename T>
void compact(std::vector<T>& queue, std::size_t& first) {
  if (first < 256 || first < queue.size() / 2) return;
  queue.erase(queue.begin(), queue.begin() + static_cast<std::ptrdiff_t>(first));
  first = 0;
}

TimePoint plus(TimePoint when, Duration by) { return when == kNever ? kNever : when + by; }

/// A number in [0, 1) that belongs to one frame.
double draw(std::uint64_t seed, std::uint64_t frame) { return Random(Random(seed ^ (frame << 20)).next()).uniform(); }

}  // namespace

std::string_view to_string(FrameEnd end) {
  if (end == FrameEnd::chosen) return "chosen";
  return end == FrameEnd::local ? "local" : "none";
}

SimulationTotals summarise(std::span<const FrameRecord> records) {
  SimulationTotals totals;
  totals.frames = records.size();
  if (records.empty()) return totals;
  for (const FrameRecord& record : records) {
    totals.on_time += record.end == FrameEnd::chosen;
    totals.answered += record.end != FrameEnd::none;
    totals.late += record.decision.rung >= 0 && record.end != FrameEnd::chosen;
    totals.effective_accuracy += record.accuracy;
    totals.bytes += record.bytes;
  }
  const auto frames = static_cast<double>(records.size());
  for (double* share : {&totals.on_time, &totals.answered, &totals.late, &totals.effective_accuracy, &totals.bytes}) {
    *share /= frames;
  }
  return totals;
}

Duration recovery_after(TimePoint back, std::span<const FrameRecord> records) {
  for (const FrameRecord& record : records) {
    if (record.end == FrameEnd::chosen && record.answered >= back) return record.answered - back;
  }
  return Duration::max();
}

Simulation::Simulation(const Capacity& capacity, const Ladder& ladder, const SimulationOptions& options)
    : capacity_(capacity), ladder_(ladder), options_(options), prefixes_(ladder.rungs.size()) {
  const auto bytes = [&](std::int32_t i) { return ladder.rungs[static_cast<std::size_t>(i)].bytes; };
  for (std::size_t i = 0; i < prefixes_.size(); ++i) {
    const Rung& whole = ladder.rungs[i];
    for (std::size_t j = 0; j < prefixes_.size(); ++j) {
      const Rung& part = ladder.rungs[j];
      if (j != i && (part.kind != whole.kind || part.bits != whole.bits || part.bytes >= whole.bytes)) continue;
      prefixes_[i].push_back(static_cast<std::int32_t>(j));
    }
    std::ranges::sort(prefixes_[i], {}, bytes);
  }
}

void Simulation::start() {
  device_free_ = link_free_ = TimePoint{};
  ends_.clear();
  under_way_.clear();
  first_end_ = first_under_way_ = 0;
}

void Simulation::run(Policy& policy, std::vector<FrameRecord>& records) { run_all(&policy, records); }

void Simulation::run_oracle(std::vector<FrameRecord>& records) { run_all(nullptr, records); }

void Simulation::run_all(Policy* policy, std::vector<FrameRecord>& records) {
  start();
  const std::uint64_t frames =
      options_.frames > 0 ? options_.frames : static_cast<std::uint64_t>(capacity_.length() / options_.period);
  for (std::uint64_t frame = 0; frame < frames; ++frame) {
    FrameRecord record;
    record.frame = frame;
    record.captured = TimePoint{} + static_cast<Duration::rep>(frame) * options_.period;
    const TimePoint now = std::max(record.captured, device_free_);
    const TimePoint due = record.captured + options_.deadline;
    deliver(policy, now);
    if (now < due) {
      const std::span<const UnderWay> under_way = std::span(under_way_).subspan(first_under_way_);
      record.decision =
          policy == nullptr
              ? best_in_time(record.captured, now)
              : policy->decide({frame, now, record.captured, options_.deadline, options_.period, under_way, {}});
      execute(record, now);
    }
    if (record.answered <= due) {
      record.end = FrameEnd::chosen;
    } else if (ladder_.local_accuracy > 0 && ladder_.local <= options_.deadline) {
      record.end = FrameEnd::local;
      record.accuracy = ladder_.local_accuracy;
    } else {
      record.accuracy = 0;
    }
    records.push_back(record);
  }
}

/// Tells the policy what ended up to now.
void Simulation::deliver(Policy* policy, TimePoint now) {
  for (; first_end_ < ends_.size() && ends_[first_end_].acked <= now; ++first_end_) {
    const Transfer& transfer = ends_[first_end_];
    const auto begin = under_way_.begin() + static_cast<std::ptrdiff_t>(first_under_way_);
    const auto found =
        std::find_if(begin, under_way_.end(), [&](const UnderWay& other) { return other.frame == transfer.frame; });
    if (found == begin) {
      ++first_under_way_;
    } else {
      under_way_.erase(found);
    }
    if (policy != nullptr) policy->learn(transfer);
  }
  compact(ends_, first_end_);
  compact(under_way_, first_under_way_);
}

Decision Simulation::best_in_time(TimePoint captured, TimePoint now) {
  Decision best;
  const auto better = [&](const Rung& rung) {
    if (best.rung < 0) return true;
    const Rung& other = ladder_.rungs[static_cast<std::size_t>(best.rung)];
    return rung.accuracy != other.accuracy ? rung.accuracy > other.accuracy : rung.bytes < other.bytes;
  };
  const double factor = size_factor(static_cast<std::uint64_t>((captured - TimePoint{}) / options_.period));
  for (std::size_t i = 0; i < ladder_.rungs.size(); ++i) {
    const Rung& rung = ladder_.rungs[i];
    if (!better(rung)) continue;
    const TimePoint start = std::max(now + rung.device, link_free_);
    const TimePoint answered =
        rung.bytes <= 0 ? now + rung.device
                        : plus(capacity_.when_passed(start, 8 * rung.bytes * factor), options_.round_trip + rung.cloud);
    if (answered > captured + options_.deadline) continue;
    best.rung = static_cast<std::int32_t>(i);
    best.forecast = answered - captured;
    best.on_time = 1;
  }
  return best;
}

double Simulation::size_factor(std::uint64_t frame) const {
  if (options_.byte_spread <= 0) return 1;
  return std::exp(options_.byte_spread * Random(derive_seed(options_.seed, "size") ^ (frame << 20)).normal());
}

void Simulation::execute(FrameRecord& record, TimePoint now) {
  const std::int32_t chosen = record.decision.rung;
  if (chosen < 0 || static_cast<std::size_t>(chosen) >= ladder_.rungs.size()) {
    record.decision.rung = -1;
    return;
  }
  const Rung& rung = ladder_.rungs[static_cast<std::size_t>(chosen)];
  const TimePoint ready = now + rung.device;
  device_free_ = ready;
  record.accuracy = rung.accuracy;
  if (rung.bytes <= 0 || draw(options_.seed, record.frame) < rung.exits) {
    record.answered = ready;
  } else if (under_way_.size() - first_under_way_ >= options_.queue) {
    return;
  } else if (record.decision.progressive) {
    send_slices(record, rung, ready);
  } else {
    send(record, rung, ready);
  }
}

void Simulation::send(FrameRecord& record, const Rung& rung, TimePoint ready) {
  record.bytes = rung.bytes * size_factor(record.frame);
  link_free_ = capacity_.when_passed(std::max(ready, link_free_), 8 * record.bytes);
  record.answered = plus(link_free_, options_.round_trip + rung.cloud);
  put_under_way(record, ready, record.answered, rung.cloud, false);
}

void Simulation::send_slices(FrameRecord& record, const Rung& rung, TimePoint ready) {
  const double factor = size_factor(record.frame);
  // From here on a slice would come too late for the cloud to answer in time.
  const TimePoint cutoff = record.captured + options_.deadline - options_.round_trip - rung.cloud;
  const TimePoint start = std::max(ready, link_free_);
  const TimePoint end = capacity_.when_passed(start, 8 * rung.bytes * factor);
  const TimePoint stopped = std::min(end, std::max(cutoff, start));
  const double passed = end <= cutoff ? rung.bytes * factor : capacity_.bits(start, cutoff) / 8;
  if (start < cutoff) link_free_ = stopped;
  const Rung* whole = nullptr;  // the largest prefix that is there
  for (const std::int32_t i : prefixes_[static_cast<std::size_t>(record.decision.rung)]) {
    const Rung& part = ladder_.rungs[static_cast<std::size_t>(i)];
    if (part.bytes * factor <= passed * (1 + 1e-9)) whole = &part;
  }
  record.bytes = passed;
  record.accuracy = whole != nullptr ? whole->accuracy : 0;
  const TimePoint back = std::min(end, cutoff) + options_.round_trip + rung.cloud;
  if (whole != nullptr) record.answered = back;
  put_under_way(record, ready, std::max(back, ready), rung.cloud, whole == nullptr);
}

void Simulation::put_under_way(const FrameRecord& record, TimePoint ready, TimePoint acked, Duration service,
                               bool lost) {
  under_way_.push_back({record.frame, record.bytes, ready});
  const Transfer transfer{record.frame, record.decision.rung, record.bytes, ready, acked, service, lost};
  const auto begin = ends_.begin() + static_cast<std::ptrdiff_t>(first_end_);
  const auto place = std::upper_bound(begin, ends_.end(), acked,
                                      [](TimePoint when, const Transfer& other) { return when < other.acked; });
  ends_.insert(place, transfer);
}

}  // namespace weir
