// SPDX-License-Identifier: Apache-2.0
#include "pipeline/channel/worker.hpp"

#include "pipeline/base/concat.hpp"
#include "pipeline/base/format.hpp"
#include "pipeline/channel/cloud_session.hpp"
#include "pipeline/channel/part_runner.hpp"
#include "transport/remote/worker_server.hpp"

namespace weir {

struct Worker::Impl final : WorkHandler {
  /// One cloud part of one graph; the graphs and parts it refers to never move.
  struct Offer {
    const CloudPart* part = nullptr;
    wire::Service service;
    std::unique_ptr<PartRunner> runner;
  };

  std::vector<GraphSpec> graphs;
  std::vector<std::vector<CloudPart>> parts;  // by graph
  std::vector<Offer> offers;
  std::unique_ptr<WorkerServer> server;  // last: its threads end before what they use

  Status open(const WorkerOptions& options);
  Status work(const WorkRequest& request, BodyWriter& outputs) override {
    return offers[request.service].runner->run(request, outputs);
  }
  void device_gone(DeviceId device) override {
    for (Offer& offer : offers) offer.runner->device_gone(device);
  }
};

Status Worker::Impl::open(const WorkerOptions& options) {
  for (GraphSpec& graph : graphs) {  // how many workers there are is the devices' business
    graph.cloud.workers.clear();
    graph.cloud.workers_file.clear();
  }
  for (const GraphSpec& graph : graphs) {
    auto found = find_cloud_parts(graph);
    if (!found) return {Code::invalid, concat("stage '", found.error().stage, "': ", found.error().text)};
    if (found->empty()) {
      return {Code::invalid, concat("launch file ", graph.name,
                                    " has no cloud stage, so there is nothing to offer; give a stage place: cloud")};
    }
    parts.push_back(std::move(*found));
  }
  for (std::size_t g = 0; g < graphs.size(); ++g) {
    for (const CloudPart& part : parts[g]) {
      auto fingerprint = fingerprint_of(graphs[g], part);
      if (!fingerprint) return fingerprint.error();
      auto runner = PartRunner::create(graphs[g], part, {.parallel = options.parallel, .warn = options.note});
      if (!runner) return runner.error();
      offers.push_back({&part, {part.name, std::move(*fingerprint)}, std::move(*runner)});
    }
  }
  return {};
}

Worker::Worker(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Worker::~Worker() = default;

Result<std::unique_ptr<Worker>> Worker::start(WorkerOptions options) {
  auto impl = std::make_unique<Impl>();
  impl->graphs = std::move(options.graphs);
  WorkerServerOptions server;
  server.name = options.name;
  for (const std::string& text : options.listen) {
    auto address = parse_address(text);
    if (!address) return fail(address.error());
    server.listen.push_back(std::move(*address));
  }
  if (Status status = impl->open(options); !status) return fail(status.error());
  for (const Impl::Offer& offer : impl->offers) server.services.push_back(offer.service);
  server.link = link_options(impl->graphs.front().cloud);
  server.link.tls = options.tls;
  server.link.nats_credentials = options.nats_credentials;
  server.queue.parallel = options.parallel;
  server.note = std::move(options.note);
  auto started = WorkerServer::start(std::move(server), *impl);
  if (!started) return fail(started.error());
  impl->server = std::move(*started);
  return std::unique_ptr<Worker>(new Worker(std::move(impl)));
}

std::vector<std::string> Worker::services() const {
  std::vector<std::string> names;
  for (const Impl::Offer& offer : impl_->offers) {
    names.push_back(concat(offer.service.name, " ", offer.service.fingerprint.substr(0, 12)));
  }
  return names;
}

std::vector<std::string> Worker::addresses() const {
  std::vector<std::string> texts;
  for (const Address& address : impl_->server->addresses()) texts.push_back(address.text());
  return texts;
}

void Worker::drain(Duration at_most) { impl_->server->drain(at_most); }

std::string Worker::summary() const {
  const WorkerCounters counters = impl_->server->counters();
  return concat("requests ", std::to_string(counters.work), ": answered ", std::to_string(counters.results),
                ", refused ", std::to_string(counters.refused), ", failed ", std::to_string(counters.failed),
                ", cancelled ", std::to_string(counters.cancelled), "\n");
}

}  // namespace weir
