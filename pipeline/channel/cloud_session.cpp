// SPDX-License-Identifier: Apache-2.0
#include "pipeline/channel/cloud_session.hpp"

#include "pipeline/base/concat.hpp"
#include "pipeline/channel/remote_stage.hpp"
#include "transport/link/link_rules.hpp"

namespace weir {

LinkOptions link_options(const CloudSpec& cloud) {
  LinkOptions options;
  options.max_body = cloud.max_message;
  options.max_queued = 4 * cloud.max_message;
  options.tls = {cloud.certificate, cloud.key, cloud.authority};
  options.nats_credentials = cloud.credentials;
  return options;
}

Result<CloudSession> open_cloud_session(const GraphSpec& spec, const RunOptions& run) {
  const auto parts = find_cloud_parts(spec);
  if (!parts) {
    const PartProblem& problem = parts.error();
    return fail(Code::invalid, concat("stage '", problem.stage, "': key '", problem.key, "': ", problem.text));
  }
  CloudSession session;
  session.graph = make_device_graph(spec, *parts);
  if (session.graph.parts.empty()) return session;
  CloudClientOptions options;
  options.name = spec.cloud.device;
  options.link = link_options(spec.cloud);
  options.seed = run.seed;
  options.warn = run.warn;
  if (run.make_loop) options.make_loop = run.make_loop;
  for (const std::string& text : spec.cloud.workers) {
    const auto address = parse_address(text);
    if (!address) return fail(address.error());
    if (Status allowed = may_connect(*address, options.link); !allowed) {
      return fail(Code::invalid, concat("cloud: key 'workers': ", allowed.error().text));
    }
    options.workers.push_back(*address);
  }
  if (!spec.cloud.workers_file.empty()) {
    auto list = WorkerList::open(spec.cloud.workers_file, options.link);
    if (!list) return fail(list.error().code, concat("cloud: key 'workers_file': ", list.error().text));
    options.list = std::move(*list);
  }
  for (const CloudPart& part : *parts) {
    auto fingerprint = fingerprint_of(spec, part);
    if (!fingerprint) return fail(fingerprint.error());
    options.services.push_back({part.name, std::move(*fingerprint)});
  }
  auto client = CloudClient::create(std::move(options));
  if (!client) return fail(client.error());
  session.client = std::move(*client);
  for (std::size_t i = 0; i < session.graph.parts.size(); ++i) {
    session.graph.spec.stages[session.graph.stages[i]].make = [part = session.graph.parts[i], client = session.client] {
      return make_remote_stage(part, client);
    };
  }
  return session;
}

void CloudSession::fill(RunReport& report) const {
  if (!client) return;
  const CloudTraffic traffic = client->traffic();
  report.bytes_up = traffic.bytes_up;
  report.bytes_down = traffic.bytes_down;
  for (const WorkerState& worker : client->workers()) {
    report.workers[worker.address] = {worker.name,     worker.connected, worker.results,    worker.nacks,
                                      worker.timeouts, worker.late,      worker.service_ms, worker.round_trip_ms};
  }
}

}  // namespace weir
