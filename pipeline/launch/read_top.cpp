// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "pipeline/launch/draft.hpp"
#include "pipeline/launch/keys.hpp"
#include "pipeline/launch/settings.hpp"
#include "transport/link/address.hpp"
#include "transport/link/link_rules.hpp"

namespace weir {
namespace {

/// A map under a top key, or null when it is absent, empty or of another kind.
const YamlNode* read_section(LaunchDraft& draft, std::string_view name, const std::vector<std::string>& keys) {
  const YamlNode* section = draft.root.find(name);
  if (!section || section->is_null()) return nullptr;
  if (!section->is_map()) {
    draft.problems.add(
        *section, concat("key '", name, "' is ", describe(*section), ", but must be a map with ", join_names(keys)));
    return nullptr;
  }
  refuse_unknown_keys(*section, keys, concat("key '", name, "': "), draft.problems);
  return section;
}

/// The host of HOST:PORT, where an IPv6 address may have brackets.
std::string host_of(std::string_view listen) {
  std::string_view host = listen.substr(0, listen.rfind(':'));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return std::string(host);
}

void read_metrics(LaunchDraft& draft) {
  const YamlNode* section = read_section(draft, "metrics", {"listen"});
  const std::optional<std::string> listen = settings::read(section, settings::kListen, "metrics: ", draft.problems);
  if (!listen) return;
  const YamlNode& at = *section->find("listen");
  const std::size_t colon = listen->rfind(':');
  const std::optional<std::int64_t> port =
      colon == std::string::npos ? std::nullopt : read_integer(std::string_view(*listen).substr(colon + 1));
  if (!port || *port < 0 || *port > 65535 || colon == 0) {
    draft.problems.add(at, concat("metrics: key 'listen' is '", *listen,
                                  "', but must be HOST:PORT with a port up to 65535, such as 127.0.0.1:9464"));
  } else if (!is_loopback_host(host_of(*listen))) {
    draft.problems.add(at, concat("metrics: key 'listen' is '", *listen,
                                  "', which other machines can reach, and the metrics server has neither TLS nor "
                                  "authentication; listen on 127.0.0.1 and put a proxy with both in front"));
  } else {
    draft.spec.metrics_listen = *listen;
  }
}

void read_cloud(LaunchDraft& draft) {
  std::vector<std::string> keys;
  for (const ParamInfo& setting : settings::kCloud) keys.emplace_back(setting.spec.name);
  const YamlNode* section = read_section(draft, "cloud", keys);
  const auto read = [&](const auto& setting) { return settings::read(section, setting, "cloud: ", draft.problems); };
  CloudSpec& cloud = draft.spec.cloud;
  cloud.workers = read(settings::kWorkers).value_or(std::vector<std::string>{});
  cloud.workers_file = read(settings::kWorkersFile).value_or(Path{}).value;
  cloud.device = read(settings::kDevice).value_or(cloud.device);
  cloud.in_flight = static_cast<int>(read(settings::kInFlight).value_or(cloud.in_flight));
  if (const auto size = read(settings::kMaxMessage)) cloud.max_message = static_cast<std::size_t>(*size * 1e6);
  cloud.certificate = read(settings::kCertificate).value_or(Path{}).value;
  cloud.key = read(settings::kKey).value_or(Path{}).value;
  cloud.authority = read(settings::kAuthority).value_or(Path{}).value;
  cloud.credentials = read(settings::kCredentials).value_or(Path{}).value;
  LinkOptions rules;
  rules.tls = {"-", "-", "-"};  // the files may be another machine's, or come with --set: the device checks them
  for (const std::string& worker : cloud.workers) {
    const auto address = parse_address(worker);
    const Status status = address ? may_connect(*address, rules) : Status(address.error());
    if (!status) draft.problems.add(*section->find("workers"), concat("cloud: ", status.error().text));
  }
}

void refuse_unknown_top(LaunchDraft& draft) {
  for (const YamlNode& key : draft.root.keys) {
    if (std::find(kTopKeys.begin(), kTopKeys.end(), key.text) != kTopKeys.end()) continue;
    const bool seed = key.text == "seed";
    draft.problems.add(key, seed ? std::string("key 'seed' belongs on the command line: --seed N")
                                 : concat("unknown key ", seen_and_known(key.text, to_names(kTopKeys))));
  }
}

}  // namespace

void read_top(LaunchDraft& draft) {
  refuse_unknown_top(draft);
  const YamlNode* root = &draft.root;
  Problems& problems = draft.problems;
  draft.spec.name = settings::read(root, settings::kName, "", problems).value_or("weir");
  if (!is_name(draft.spec.name)) {
    problems.add(*root->find("name"), concat("key 'name' is '", draft.spec.name,
                                             "', but must begin with a letter and hold letters, digits, '_' and '-'"));
  }
  draft.spec.deadline = settings::read(root, settings::kDeadline, "", problems);
  draft.spec.threads = static_cast<int>(settings::read(root, settings::kThreads, "", problems).value_or(0));
  const YamlNode* accuracy = read_section(draft, "accuracy", {"frames"});
  if (const auto frames = settings::read(accuracy, settings::kFrames, "accuracy: ", problems)) {
    draft.spec.accuracy_frames = static_cast<int>(*frames);
  }
  read_cloud(draft);
  read_metrics(draft);
}

}  // namespace weir
