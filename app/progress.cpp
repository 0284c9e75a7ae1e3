// SPDX-License-Identifier: Apache-2.0
#include "app/progress.hpp"

#include <cinttypes>
#include <cstdio>

#include "app/text.hpp"

namespace weir::app {
namespace {

/// "full 90, predicted 7, dropped 3": only what occurred.
std::string outcomes(const FrameCounts& frames) {
  std::string text;
  const auto add = [&](const char* name, std::uint64_t count) {
    if (count > 0) text += print("%s%s %" PRIu64, text.empty() ? "" : ", ", name, count);
  };
  add("full", frames.full);
  add("partial", frames.partial);
  add("local", frames.local);
  add("predicted", frames.predicted);
  add("dropped", frames.dropped_total());
  return text.empty() ? "none answered yet" : text;
}

std::string stage_rows(const RunReport& report) {
  std::size_t width = 5;
  for (const auto& [name, stage] : report.stages) width = std::max(width, name.size());
  std::string text = print("\n%-*s %9s %7s %12s %12s %10s %8s\n", static_cast<int>(width), "stage", "calls", "errors",
                           "busy p50 ms", "busy p99 ms", "queue max", "dropped");
  for (const auto& [name, stage] : report.stages) {
    text += print("%-*s %9" PRIu64 " %7" PRIu64 " %12.3f %12.3f %10" PRIu64 " %8" PRIu64 "\n", static_cast<int>(width),
                  name.c_str(), stage.count, stage.errors, stage.busy_ms.p50, stage.busy_ms.p99, stage.queue_max,
                  stage.queue_dropped);
    if (!stage.last_error.empty()) text += print("  last error: %s\n", stage.last_error.c_str());
  }
  return text;
}

std::string accuracy_rows(const AccuracyReport& accuracy) {
  std::string text = print("\naccuracy against the source's truth, %" PRIu64 " frames, percent\n", accuracy.frames);
  for (const auto& [type, ap] : accuracy.ap) {
    const auto ap50 = accuracy.ap50.find(type);
    const auto objects = accuracy.objects.find(type);
    text += print("  %-12s AP %6.2f", type.c_str(), ap);
    if (ap50 != accuracy.ap50.end()) text += print("   AP at IoU 0.5 %6.2f", ap50->second);
    if (objects != accuracy.objects.end()) text += print("   %" PRIu64 " objects", objects->second);
    text += "\n";
  }
  if (accuracy.streaming_ap) text += print("  streaming AP (Car) %.2f\n", *accuracy.streaming_ap);
  if (accuracy.hota) text += print("  HOTA %.2f\n", *accuracy.hota);
  return text;
}

}  // namespace

std::string progress_line(const RunReport& report) {
  std::string line = print("frames %" PRIu64 "  %.1f fps  latency p50 %.1f ms  %s", report.frames.in, report.fps,
                           report.latency_ms.p50, outcomes(report.frames).c_str());
  if (report.bytes_up + report.bytes_down > 0) {
    line += "  up " + bytes_text(report.bytes_up) + ", down " + bytes_text(report.bytes_down);
  }
  return line;
}

std::string summary(const RunReport& report) {
  const FrameCounts& frames = report.frames;
  std::string text = print("%s: %" PRIu64 " frames in %.2f s (%.1f fps): %s\n", report.name.c_str(), frames.in,
                           report.seconds, report.fps, outcomes(frames).c_str());
  for (const auto& [reason, count] : frames.dropped)
    text += print("  dropped, %s: %" PRIu64 "\n", reason.c_str(), count);
  const Quantiles& latency = report.latency_ms;
  text +=
      print("latency ms: p50 %.2f, p90 %.2f, p99 %.2f, max %.2f\n", latency.p50, latency.p90, latency.p99, latency.max);
  text += stage_rows(report);
  if (report.accuracy) text += accuracy_rows(*report.accuracy);
  return text;
}

Progress::Progress(Console& console, const Runtime& runtime) : console_(console) {
  if (!console.terminal()) return;
  thread_ = std::thread([this, &runtime] {
    const auto wake = [this] { return done_.load(); };
    while (clock_.wait_until(clock_.now() + std::chrono::milliseconds(500), wake)) {
      console_.progress(progress_line(runtime.snapshot()));
    }
  });
}

Progress::~Progress() {
  done_.store(true);
  clock_.notify();
  if (thread_.joinable()) thread_.join();
  console_.progress({});
}

}  // namespace weir::app
