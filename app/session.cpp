// SPDX-License-Identifier: Apache-2.0
#include "app/session.hpp"

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "app/metrics_server.hpp"
#include "app/metrics_text.hpp"
#include "app/progress.hpp"
#include "app/signals.hpp"
#include "app/text.hpp"
#include "stages/register.hpp"

namespace weir::app {
namespace {

/// The first stage whose model file does not exist, as an error that says how to go on.
Status check_models(const GraphSpec& spec) {
  for (const StageSpec& stage : spec.stages) {
    for (std::size_t i = 0; i < stage.values.size(); ++i) {
      const Path* path = std::get_if<Path>(&stage.values[i]);
      if (!path || stage.info->params[i].spec.name != "model" || path->value.empty()) continue;
      std::error_code ignored;
      if (std::filesystem::exists(path->value, ignored)) continue;
      return {Code::not_found, "stage \"" + stage.name + "\": model: \"" + path->value +
                                   "\" does not exist; wanted an ONNX detector. Give one by --set stages." +
                                   stage.name + ".model=PATH, or run launch/synthetic.yaml, which needs no model"};
    }
  }
  return {};
}

/// A report of the run as of now, with what only the program knows.
RunReport report_of(const Runtime& runtime) {
  RunReport report = runtime.snapshot();
  report.machine.engine = WEIR_ENGINE_NAME;
  report.machine.version = WEIR_VERSION;
  return report;
}

Result<std::unique_ptr<MetricsServer>> serve_metrics(const std::string& listen, const Runtime& runtime) {
  MetricsServer::Source source;
  source.metrics = [&runtime] { return metrics_text(report_of(runtime), runtime.ready()); };
  source.ready = [&runtime] { return runtime.ready(); };
  return MetricsServer::start(listen, std::move(source));
}

void stop_on_signal(int count, Runtime& runtime, Console& console) {
  if (count == 1) {
    console.note("stopping: frames in flight get 2 s; Ctrl-C again ends at once");
    runtime.stop();
  } else if (count == 2) {
    console.note("ending at once");
    runtime.abort();
  } else {
    _exit(kFailed);
  }
}

/// Writes report.json into the folder, and decisions.jsonl where there were controllers; an empty one means no report
/// is wanted.
Status write_report(const std::string& folder, const RunReport& report, const std::string& decisions) {
  if (folder.empty()) return {};
  if (Status status = make_folder(folder); !status) return status;
  const std::filesystem::path path(folder);
  if (Status status = write_file((path / "report.json").string(), to_json(report) + "\n"); !status) return status;
  return decisions.empty() ? Status() : write_file((path / "decisions.jsonl").string(), decisions);
}

int failed(Console& console, const Error& error, int code) {
  console.error(error.text);
  return code;
}

}  // namespace

std::optional<GraphSpec> load(const std::string& path, Registry& registry, const std::vector<Override>& overrides,
                              Console& console, int& exit) {
  auto spec = load_launch(path, registry, overrides);
  if (spec) return std::move(*spec);
  console.lines(format_diagnostics(path, spec.error()));
  exit = kBadUsage;
  for (const Diagnostic& diagnostic : spec.error()) {
    if (diagnostic.code == Code::not_found) exit = kNoInput;
  }
  return std::nullopt;
}

std::optional<std::vector<Override>> parse_overrides(const std::vector<std::string>& texts, Console& console,
                                                     int& exit) {
  std::vector<Override> overrides;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      console.error("--set " + text + ": wanted KEY=VALUE, for example stages.camera.path=clip.mp4");
      exit = kBadUsage;
      return std::nullopt;
    }
    overrides.push_back({text.substr(0, equals), text.substr(equals + 1)});
  }
  return overrides;
}

std::optional<Registry> builtin_registry(Console& console, int& exit) {
  Registry registry;
  if (Status status = register_builtin_stages(registry); !status) {
    exit = failed(console, status.error(), kFailed);
    return std::nullopt;
  }
  return registry;
}

int run_session(GraphSpec spec, RunOptions run, const SessionOptions& options, Console& console) {
  if (Status status = check_models(spec); !status) return failed(console, status.error(), exit_code(status.error()));
  if (!options.report_dir.empty()) {
    // Found out now rather than after an hour of running.
    if (Status status = make_folder(options.report_dir); !status) return failed(console, status.error(), kFailed);
  }
  const std::string listen = spec.metrics_listen;
  run.warn = [&console](const std::string& text) { console.warn(text); };
  auto created = Runtime::create(std::move(spec), std::move(run));
  if (!created) return failed(console, created.error(), exit_code(created.error()));
  Runtime& runtime = **created;

  std::unique_ptr<MetricsServer> metrics;
  if (!listen.empty()) {
    auto server = serve_metrics(listen, runtime);
    if (!server) return failed(console, server.error(), exit_code(server.error()));
    metrics = std::move(*server);
    console.note("metrics at " + metrics->url() + "/metrics");
  }

  int exit = kFine;
  {
    const SignalThread signals([&](int count) { stop_on_signal(count, runtime, console); });
    const Progress progress(console, runtime);
    if (Status status = runtime.start(); !status) return failed(console, status.error(), exit_code(status.error()));
    if (Status status = runtime.wait(); !status) exit = failed(console, status.error(), kFailed);
  }

  const RunReport report = report_of(runtime);
  const std::string shown = options.json ? to_json(report) + "\n" : summary(report);
  std::fwrite(shown.data(), 1, shown.size(), stdout);
  std::fflush(stdout);
  if (Status status = write_report(options.report_dir, report, runtime.decisions()); !status)
    return failed(console, status.error(), kFailed);
  return exit;
}

}  // namespace weir::app
