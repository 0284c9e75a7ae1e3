// SPDX-License-Identifier: Apache-2.0
#include "pipeline/decision_log.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace weir {
namespace {

double to_ms(Duration time) { return std::chrono::duration<double, std::milli>(time).count(); }

Quantiles quantiles_of(std::vector<double> values) {
  Quantiles q;
  q.count = values.size();
  if (values.empty()) return q;
  std::ranges::sort(values);
  const auto at = [&](double share) {
    return values[static_cast<std::size_t>(std::lround(share * static_cast<double>(values.size() - 1)))];
  };
  q.p50 = at(0.5), q.p90 = at(0.9), q.p99 = at(0.99), q.max = values.back();
  return q;
}

void keep(std::vector<double>& values, double value) {
  // Which of very many are kept matters little; the newest say most.
  if (values.size() == DecisionLog::kKept) values.erase(values.begin(), values.begin() + DecisionLog::kKept / 2);
  values.push_back(value);
}

}  // namespace

void DecisionLog::decided(DecisionNote note) {
  const std::lock_guard lock(mutex_);
  keep(took_us_, to_ms(note.took) * 1e3);
  ++setups_[note.setup].chosen;
  if (notes_.size() == kKept) notes_.pop_front();
  notes_.push_back(std::move(note));
}

void DecisionLog::ended(StreamId stream, std::uint64_t frame, const Ending& how) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(notes_.rbegin(), notes_.rend(), [&](const DecisionNote& note) {
    return note.stream == stream && note.frame == frame;
  });
  if (found == notes_.rend()) return;
  found->bytes = how.bytes;
  found->answered = how.answered;
  found->asked = how.asked;
  found->service = how.service;
  found->actual = how.actual;
  Sums& sums = setups_[found->setup];
  if (!how.answered) return;
  ++sums.answered;
  keep(sums.errors_ms, to_ms(how.actual - found->forecast));
}

std::optional<ControllerReport> DecisionLog::report() const {
  const std::lock_guard lock(mutex_);
  if (took_us_.empty()) return std::nullopt;
  ControllerReport report;
  report.decision_us = quantiles_of(took_us_);
  for (const auto& [name, sums] : setups_) {
    std::vector<double> sizes;
    sizes.reserve(sums.errors_ms.size());
    for (const double error : sums.errors_ms) sizes.push_back(std::abs(error));
    SetupReport& setup = report.setups[name];
    setup.chosen = sums.chosen;
    setup.answered = sums.answered;
    setup.forecast_bias_ms = quantiles_of(sums.errors_ms).p50;
    setup.forecast_error_ms = quantiles_of(std::move(sizes));
  }
  return report;
}

std::string DecisionLog::json_lines() const {
  const std::lock_guard lock(mutex_);
  std::string lines;
  for (const DecisionNote& note : notes_) {
    nlohmann::ordered_json line{{"stream", note.stream},
                                {"frame", note.frame},
                                {"setup", note.setup},
                                {"forecast_ms", to_ms(note.forecast)},
                                {"on_time", note.on_time},
                                {"probe", note.probe},
                                {"fps_divisor", note.fps_divisor},
                                {"scale", note.scale},
                                {"decision_us", to_ms(note.took) * 1e3},
                                {"bytes", note.bytes},
                                {"answered", nullptr},
                                {"asked_ms", nullptr},
                                {"service_ms", nullptr},
                                {"actual_ms", nullptr}};
    if (note.answered) {
      line["answered"] = *note.answered;
      line["asked_ms"] = to_ms(note.asked);
      line["service_ms"] = to_ms(note.service);
      line["actual_ms"] = to_ms(note.actual);
    }
    lines += line.dump() + "\n";
  }
  return lines;
}

}  // namespace weir
