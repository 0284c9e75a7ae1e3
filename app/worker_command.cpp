// SPDX-License-Identifier: Apache-2.0
#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "app/command.hpp"
#include "app/session.hpp"
#include "app/signals.hpp"
#include "pipeline/channel/worker.hpp"

namespace weir::app {
namespace {

struct WorkerArguments {
  std::vector<std::string> launch;
  std::vector<std::string> set;
  WorkerOptions worker;
};

/// Blocks until a stop signal came; a second one ends the process at once.
void wait_for_stop() {
  std::mutex mutex;
  std::condition_variable changed;
  int signals = 0;
  const SignalThread thread([&](int count) {
    if (count > 1) std::_Exit(kFailed);
    const std::lock_guard lock(mutex);
    signals = count;
    changed.notify_all();
  });
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return signals > 0; });
}

int run_worker(WorkerArguments arguments, Console& console) {
  int exit = kFine;
  const auto overrides = parse_overrides(arguments.set, console, exit);
  if (!overrides) return exit;
  auto registry = builtin_registry(console, exit);
  if (!registry) return exit;
  for (const std::string& file : arguments.launch) {
    auto spec = load(file, *registry, *overrides, console, exit);
    if (!spec) return exit;
    arguments.worker.graphs.push_back(std::move(*spec));
  }
  arguments.worker.note = [&console](const std::string& text) { console.note(text); };
  auto worker = Worker::start(std::move(arguments.worker));
  if (!worker) {
    console.error(worker.error().text);
    return exit_code(worker.error());
  }
  for (const std::string& service : (*worker)->services()) console.note("offers " + service);
  for (const std::string& address : (*worker)->addresses()) console.note("listens at " + address);
  console.note("ready");
  wait_for_stop();
  console.note("stopping: work in progress gets 5 s; Ctrl-C again ends at once");
  (*worker)->drain(std::chrono::seconds(5));
  const std::string summary = (*worker)->summary();
  std::fwrite(summary.data(), 1, summary.size(), stdout);
  return kFine;
}

}  // namespace

void add_worker_command(CLI::App& program, Console& console, int& exit) {
  const auto arguments = std::make_shared<WorkerArguments>();
  CLI::App* sub = program.add_subcommand("worker", "Run the cloud stages of launch files for devices");
  sub->add_option("--launch", arguments->launch, "Launch file with stages that have place: cloud (may be repeated)")
      ->type_name("FILE")
      ->required()
      ->take_all();
  sub->add_option("--listen", arguments->worker.listen, "Where to listen (may be repeated)")
      ->type_name("ADDRESS")
      ->required()
      ->take_all();
  sub->add_option("--set", arguments->set, "Override a value: stages.detect.model=big.onnx (may be repeated)")
      ->type_name("KEY=VALUE")
      ->take_all()
      ->allow_extra_args(false);
  sub->add_option("--name", arguments->worker.name, "What devices call it in their reports")->capture_default_str();
  sub->add_option("--parallel", arguments->worker.parallel, "Requests worked on at a time")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  sub->add_option("--certificate", arguments->worker.tls.certificate, "PEM file: who this worker is; for tls")
      ->type_name("FILE");
  sub->add_option("--key", arguments->worker.tls.key, "PEM file: its private key")->type_name("FILE");
  sub->add_option("--authority", arguments->worker.tls.authority, "PEM file: who signs devices' certificates")
      ->type_name("FILE");
  sub->add_option("--credentials", arguments->worker.nats_credentials,
                  "Login for a NATS server that wants one, as cloud.credentials")
      ->type_name("FILE");
  sub->footer(
      "Addresses: unix:/run/weir.sock, tcp://127.0.0.1:7440, tls://0.0.0.0:7440, nats://127.0.0.1:4222/worker-1.\n"
      "What other machines can reach needs certificate, key and authority (scripts/make-certs).\n"
      "The device's launch file names the same address under cloud.workers; device and worker must agree on the\n"
      "cloud stages, their parameters and model files.\n\n"
      "Examples:\n"
      "  pipeline worker --launch launch/kitti_cloud.yaml --listen unix:/tmp/weir-1.sock\n"
      "  pipeline worker --launch launch/kitti_cloud.yaml --listen tls://127.0.0.1:7440 \\\n"
      "      --certificate certs/localhost.pem --key certs/localhost-key.pem --authority certs/authority.pem");
  sub->callback([&console, &exit, arguments] { exit = run_worker(std::move(*arguments), console); });
}

}  // namespace weir::app
