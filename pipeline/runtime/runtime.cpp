// SPDX-License-Identifier: Apache-2.0
#include "pipeline/runtime.hpp"

#include <oneapi/tbb/global_control.h>

#include <atomic>
#include <optional>

#include "pipeline/base/concat.hpp"
#include "pipeline/channel/cloud_session.hpp"
#include "pipeline/runtime/opening.hpp"
#include "pipeline/runtime/source_node.hpp"
#include "pipeline/runtime/stage_node.hpp"
#include "pipeline/runtime/supervisor.hpp"

namespace weir {

/// Exactly one of the two is set.
struct Node {
  std::unique_ptr<SourceNode> source;
  std::unique_ptr<StageNode> stage;

  StageCore& core() { return source ? source->core() : stage->core(); }
  NodeCounters& counters() { return source ? source->counters() : stage->counters(); }
  std::vector<std::unique_ptr<OutputPort>>& outputs() { return source ? source->outputs() : stage->outputs(); }
  TokenReceiver& receiver() { return source ? static_cast<TokenReceiver&>(*source) : *stage; }
};

struct Runtime::Impl {
  CloudSession cloud;
  RunState run;
  std::optional<tbb::global_control> threads;
  tbb::flow::graph graph;
  std::unique_ptr<Ledger> ledger;
  std::unique_ptr<Supervisor> supervisor;
  std::vector<std::unique_ptr<PathTime>> paths;
  std::vector<Node> nodes;
  std::size_t opened = 0;
  bool started = false;
  // Set by the thread that runs the graph, read by snapshot() on any.
  std::atomic<bool> waited{false};
  std::atomic<TimePoint> begin{TimePoint{}};
  std::atomic<TimePoint> end{TimePoint{}};

  Status open_recording();
  void build();
  void build_edge(std::size_t index);
  Status open_stages();
  Status close_stages();
  Status check_end();
  void wake_all();
  StageReport stage_report(Node& node);
};

Runtime::Runtime() : impl_(std::make_unique<Impl>()) {}

Runtime::~Runtime() {
  if (impl_->started && !impl_->waited) {
    abort();
    [[maybe_unused]] const Status status = wait();
  }
}

Result<std::unique_ptr<Runtime>> Runtime::create(GraphSpec spec, RunOptions options, std::shared_ptr<Clock> clock) {
  const bool repeatable = !options.record_dir.empty() || !options.replay_dir.empty();
  if (repeatable && spec.cloud.remote()) {
    const char* key = spec.cloud.workers.empty() ? "cloud.workers_file" : "cloud.workers";
    return fail(Code::unsupported,
                concat("a run with ", key, " cannot be recorded or replayed: what workers answer in time differs from ",
                       "run to run; take ", key, " out, so that all stages run here"));
  }
  auto cloud = open_cloud_session(spec, options);
  if (!cloud) return fail(cloud.error());
  auto runtime = std::unique_ptr<Runtime>(new Runtime);
  Impl& impl = *runtime->impl_;
  impl.cloud = std::move(*cloud);
  impl.run.spec = impl.cloud.graph.spec;
  impl.run.options = std::move(options);
  impl.run.clock = clock ? std::move(clock) : std::make_shared<SteadyClock>();
  for (const StageSpec& stage : impl.run.spec.stages) {
    // A camera cannot be held back, so time is real for the whole run.
    if (stage.info->execution.live && impl.run.options.replay_dir.empty()) impl.run.options.realtime = true;
  }
  if (Status status = impl.open_recording(); !status) return fail(status.error());
  if (impl.run.spec.threads > 0) {
    impl.threads.emplace(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(impl.run.spec.threads));
  }
  impl.build();
  return runtime;
}

Status Runtime::Impl::open_recording() {
  const bool replay = !run.options.replay_dir.empty();
  if (!replay && run.options.record_dir.empty()) return {};
  auto recording = replay ? Recording::open(run.options.replay_dir) : Recording::create(run.options.record_dir);
  if (!recording) return Status(recording.error());
  run.recording = std::move(*recording);
  return {};
}

void Runtime::Impl::build() {
  ledger = std::make_unique<Ledger>(run);
  supervisor = std::make_unique<Supervisor>(
      run,
      [this] {
        for (Node& node : nodes) {
          if (node.source) node.source->wake();
        }
      },
      [this] {
        run.aborting.store(true);
        if (cloud.client) cloud.client->stop();
        wake_all();
      });
  run.on_stop = [this] { supervisor->stop_requested(); };

  nodes.resize(run.spec.stages.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (!run.spec.stages[i].info->execution.source) {
      nodes[i].stage = std::make_unique<StageNode>(graph, run, i, *supervisor);
    }
  }
  for (StreamId id = 0; id < run.spec.streams.size(); ++id) {
    const std::size_t index = run.spec.streams[id].source;
    nodes[index].source = std::make_unique<SourceNode>(graph, run, index, id, *ledger);
  }
  // The ledger is the answer port's first receiver: an answer counts before anything else happens with it.
  nodes[run.spec.answer_stage].outputs()[run.spec.answer_port]->connect(*ledger, Ledger::kAnswers);
  if (const auto early = run.spec.provisional_stage) {
    nodes[*early].outputs()[run.spec.provisional_port]->connect(*ledger, Ledger::kProvisional);
  }
  for (std::size_t i = 0; i < run.spec.edges.size(); ++i) build_edge(i);
}

void Runtime::Impl::build_edge(std::size_t index) {
  EdgeSpec& edge = run.spec.edges[index];
  StageNode& consumer = *nodes[edge.to].stage;
  OutputPort& port = *nodes[edge.from].outputs()[edge.from_port];
  // A batch can only fill up if its frames may all wait at the input.
  edge.capacity = std::max(edge.capacity, run.spec.stages[edge.to].batch);
  PathTime* path = nullptr;
  if (edge.policy == EdgePolicy::deadline) {
    paths.push_back(std::make_unique<PathTime>());
    path = paths.back().get();
    ledger->add_path(*path);
  }
  for (const StreamId stream : edge.streams) {
    auto input = std::make_unique<StreamInput>(run, edge, index, stream, nodes[edge.from].receiver(), path);
    port.add_queue(stream, input->queue());
    consumer.add_input(edge.to_port, stream, std::move(input));
  }
  port.connect(consumer, edge.to_port);
}

Status Runtime::Impl::open_stages() {
  for (Node& node : nodes) {
    Opening opening(node.core());
    Status status = open_stage(*node.core().stage, opening);
    if (status && node.source) status = node.source->prepare();
    if (!status) return {status.error().code, "stage " + node.core().spec->name + ": " + status.error().text};
    ++opened;
  }
  return {};
}

Status Runtime::Impl::close_stages() {
  Status first;
  for (; opened > 0; --opened) {
    Node& node = nodes[opened - 1];
    Status status = close_stage(*node.core().stage);
    if (status && node.source) status = node.source->close_store();
    if (!status && first.ok()) {
      first = {status.error().code, "stage " + node.core().spec->name + ": " + status.error().text};
    }
  }
  return first;
}

Status Runtime::start() {
  Impl& impl = *impl_;
  if (Status status = impl.open_stages(); !status) {
    [[maybe_unused]] const Status closed = impl.close_stages();
    return status;
  }
  impl.started = true;
  impl.begin = impl.run.clock->now();
  impl.supervisor->start();
  for (Node& node : impl.nodes) {
    if (node.stage) node.stage->start();
  }
  for (Node& node : impl.nodes) {
    if (node.source) node.source->start();
  }
  return {};
}

Status Runtime::wait() {
  Impl& impl = *impl_;
  impl.graph.wait_for_all();
  impl.end = impl.run.clock->now();
  impl.waited = true;
  for (Node& node : impl.nodes) {
    if (node.source) node.source->join();
    if (node.stage) node.stage->stop();
  }
  impl.supervisor->finish();
  const Status closed = impl.close_stages();
  const Status recorded = impl.run.recording ? impl.run.recording->close() : Status();
  for (const Status& status : {impl.run.first_error(), closed, recorded, impl.check_end()}) {
    if (!status) return status;
  }
  return {};
}

Status Runtime::Impl::check_end() {
  for (Node& node : nodes) {
    if (node.source ? node.source->ended() : node.stage->ended()) continue;
    return {Code::internal,
            "stage " + node.core().spec->name + " never saw the end of its streams; please report this"};
  }
  RunReport report;
  ledger->fill(report, false);
  if (report.frames.in == report.frames.accounted()) return {};
  return {Code::internal, "the ledger does not balance: " + std::to_string(report.frames.in) + " frames in, " +
                              std::to_string(report.frames.accounted()) + " accounted for; please report this"};
}

void Runtime::stop() { impl_->run.request_stop(); }

void Runtime::abort() {
  impl_->run.aborting.store(true);
  if (impl_->cloud.client) impl_->cloud.client->stop();
  impl_->run.request_stop();
  impl_->wake_all();
}

void Runtime::Impl::wake_all() {
  for (Node& node : nodes) node.receiver().on_room();
}

StageReport Runtime::Impl::stage_report(Node& node) {
  const NodeCounters& counters = node.counters();
  StageReport report;
  report.count = counters.calls.load();
  report.errors = counters.errors.load();
  report.busy_ms = counters.busy.quantiles();
  report.last_error = counters.last_error();
  if (!node.stage) return report;
  for (StreamInput* input : node.stage->inputs()) {
    report.queue_max = std::max(report.queue_max, input->queue().max_depth());
    report.queue_dropped += input->queue().dropped();
  }
  return report;
}

RunReport Runtime::snapshot() const {
  Impl& impl = *impl_;
  RunReport report;
  report.name = impl.run.spec.name;
  report.seed = impl.run.options.seed;
  report.config_sha256 = impl.run.spec.config_sha256;
  report.machine = machine_report();
  impl.ledger->fill(report, impl.waited);
  for (Node& node : impl.nodes) report.stages[node.core().spec->name] = impl.stage_report(node);
  impl.cloud.fill(report);
  report.controller = impl.run.decisions.report();
  const TimePoint until = impl.waited ? impl.end.load() : impl.run.clock->now();
  report.seconds = std::chrono::duration<double>(until - impl.begin.load()).count();
  if (report.seconds > 0) report.fps = static_cast<double>(report.frames.accounted()) / report.seconds;
  return report;
}

std::string Runtime::decisions() const { return impl_->run.decisions.json_lines(); }

std::string Runtime::dot() const { return to_dot(impl_->run.spec); }

bool Runtime::ready() const { return impl_->ledger->all_started(); }

}  // namespace weir
