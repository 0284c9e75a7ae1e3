// SPDX-License-Identifier: Apache-2.0
#include "app/metrics_text.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <initializer_list>
#include <sstream>
#include <utility>
#include <vector>

namespace weir::app {
namespace {

using Labels = std::vector<prometheus::ClientMetric::Label>;

/// Metric families under construction; a family's samples stay together.
class Families {
 public:
  /// Begins a family; samples that follow belong to it.
  void begin(const char* name, const char* help, prometheus::MetricType type) {
    families_.push_back({name, help, type, {}});
  }

  void sample(Labels labels, double value) {
    prometheus::ClientMetric metric;
    metric.label = std::move(labels);
    metric.counter.value = value;
    metric.gauge.value = value;
    families_.back().metric.push_back(std::move(metric));
  }

  void quantiles(const Labels& labels, const Quantiles& milliseconds) {
    for (const auto& [quantile, value] :
         std::initializer_list<std::pair<const char*, double>>{{"0.5", milliseconds.p50},
                                                               {"0.9", milliseconds.p90},
                                                               {"0.99", milliseconds.p99},
                                                               {"1", milliseconds.max}}) {
      Labels all = labels;
      all.push_back({"quantile", quantile});
      sample(std::move(all), value / 1e3);
    }
  }

  std::string text() const {
    std::ostringstream out;
    prometheus::TextSerializer{}.Serialize(out, families_);
    return std::move(out).str();
  }

 private:
  std::vector<prometheus::MetricFamily> families_;
};

void add_outcomes(Families& families, const std::string& stream, const FrameCounts& frames) {
  const auto add = [&](const char* outcome, const std::string& reason, std::uint64_t count) {
    families.sample({{"stream", stream}, {"outcome", outcome}, {"reason", reason}}, static_cast<double>(count));
  };
  add("full", "", frames.full);
  add("partial", "", frames.partial);
  add("local", "", frames.local);
  add("predicted", "", frames.predicted);
  for (const auto& [reason, count] : frames.dropped) add("dropped", reason, count);
}

void add_frames(Families& families, const RunReport& report) {
  families.begin("weir_frames_in_total", "Frames that entered.", prometheus::MetricType::Counter);
  for (const auto& [stream, frames] : report.streams)
    families.sample({{"stream", stream}}, static_cast<double>(frames.in));
  families.begin("weir_frames_total", "Frames by how they ended, and why.", prometheus::MetricType::Counter);
  for (const auto& [stream, frames] : report.streams) add_outcomes(families, stream, frames);
  families.begin("weir_latency_seconds", "Time from capture to answer.", prometheus::MetricType::Gauge);
  families.quantiles({}, report.latency_ms);
  families.begin("weir_frames_per_second", "Answers per second since the start.", prometheus::MetricType::Gauge);
  families.sample({}, report.fps);
  families.begin("weir_link_bytes_total", "Bytes exchanged with the workers.", prometheus::MetricType::Counter);
  families.sample({{"direction", "up"}}, static_cast<double>(report.bytes_up));
  families.sample({{"direction", "down"}}, static_cast<double>(report.bytes_down));
}

void add_stages(Families& families, const RunReport& report) {
  const auto each = [&](const char* name, const char* help, prometheus::MetricType type, auto value) {
    families.begin(name, help, type);
    for (const auto& [stage, counts] : report.stages)
      families.sample({{"stage", stage}}, static_cast<double>(value(counts)));
  };
  using prometheus::MetricType;
  each("weir_stage_calls_total", "Calls of a stage.", MetricType::Counter,
       [](const StageReport& s) { return s.count; });
  each("weir_stage_errors_total", "Calls of a stage that failed.", MetricType::Counter,
       [](const StageReport& s) { return s.errors; });
  each("weir_queue_max", "Most packets that waited before a stage.", MetricType::Gauge,
       [](const StageReport& s) { return s.queue_max; });
  each("weir_queue_dropped_total", "Packets that the queues before a stage dropped.", MetricType::Counter,
       [](const StageReport& s) { return s.queue_dropped; });
  families.begin("weir_stage_busy_seconds", "Time inside one call of a stage.", MetricType::Gauge);
  for (const auto& [stage, counts] : report.stages) families.quantiles({{"stage", stage}}, counts.busy_ms);
}

}  // namespace

std::string metrics_text(const RunReport& report, bool ready) {
  Families families;
  families.begin("weir_info", "The run and the build.", prometheus::MetricType::Gauge);
  families.sample({{"name", report.name},
                   {"version", report.machine.version},
                   {"engine", report.machine.engine},
                   {"config_sha256", report.config_sha256}},
                  1);
  families.begin("weir_ready", "1 once every source has delivered a frame.", prometheus::MetricType::Gauge);
  families.sample({}, ready ? 1 : 0);
  add_frames(families, report);
  add_stages(families, report);
  return families.text();
}

}  // namespace weir::app
