// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <utility>

#include "kernels/control/mpc_policy.hpp"
#include "kernels/control/plain_policies.hpp"
#include "kernels/control/rival_policies.hpp"

namespace weir {
namespace {

using Made = Result<std::unique_ptr<Policy>>;

std::vector<NumberedRung> numbered(const Ladder& ladder, bool (*wanted)(const Rung&)) {
  std::vector<NumberedRung> found;
  for (std::size_t i = 0; i < ladder.rungs.size(); ++i) {
    if (wanted(ladder.rungs[i])) found.push_back({static_cast<std::int32_t>(i), ladder.rungs[i]});
  }
  return found;
}

tl::unexpected<Error> lacks(std::string_view policy, std::string_view what) {
  return fail(Code::invalid, "the policy \"" + std::string(policy) + "\" needs " + std::string(what) +
                                 ", and the ladder has none; choose another policy or profile such rungs");
}

Made make_fixed(std::string_view name, const Ladder& ladder, const PolicyOptions& options) {
  if (name == "smallest" || options.fixed_rung.empty()) {
    const auto order = efficient_rungs(ladder);
    return std::make_unique<FixedPolicy>(name, name == "smallest" ? order.front() : order[order.size() / 2]);
  }
  const auto found = std::ranges::find(ladder.rungs, options.fixed_rung, &Rung::name);
  if (found != ladder.rungs.end()) {
    return std::make_unique<FixedPolicy>(name, static_cast<std::int32_t>(found - ladder.rungs.begin()));
  }
  std::string known;
  for (const Rung& rung : ladder.rungs) known += (known.empty() ? "" : ", ") + rung.name;
  return fail(Code::invalid, "the ladder has no rung \"" + options.fixed_rung + "\"; it has " + known);
}

Made make_local(std::string_view, const Ladder&, const PolicyOptions&) { return std::make_unique<LocalPolicy>(); }

Made make_mpc(std::string_view, const Ladder& ladder, const PolicyOptions& options) {
  return std::make_unique<MpcPolicy>(ladder, options);
}

Made make_spinn(std::string_view name, const Ladder& ladder, const PolicyOptions& options) {
  auto rungs = numbered(ladder, [](const Rung& r) { return sends_features(r.kind) && r.bits == 8; });
  if (rungs.empty()) return lacks(name, "features in 8 bits");
  return std::make_unique<SpinnPolicy>(std::move(rungs), options.round_trip);
}

Made make_neurosurgeon(std::string_view name, const Ladder& ladder, const PolicyOptions& options) {
  auto rungs = numbered(ladder, [](const Rung& r) {
    return r.kind == RungKind::raw || (r.kind == RungKind::features && (r.bits == 0 || r.bits == 32));
  });
  if (rungs.empty()) return lacks(name, "features as floats or raw frames");
  return std::make_unique<NeurosurgeonPolicy>(std::move(rungs), options.round_trip);
}

Made make_jpeg(std::string_view, const Ladder& ladder, const PolicyOptions& options) {
  auto rungs = numbered(ladder, [](const Rung& r) { return r.kind == RungKind::jpeg; });
  if (rungs.empty()) return lacks("remote-jpeg", "JPEG rungs");
  return std::make_unique<RemotePicturePolicy>("remote-jpeg", std::move(rungs), options.round_trip);
}

Made make_h264(std::string_view, const Ladder& ladder, const PolicyOptions& options) {
  auto rungs = numbered(ladder, [](const Rung& r) { return r.kind == RungKind::h264; });
  if (rungs.empty()) return lacks("remote-h264", "H.264 rungs");
  return std::make_unique<RemotePicturePolicy>("remote-h264", std::move(rungs), options.round_trip);
}

/// The features with those bits per value that come in most sizes, the fewer bits where as many do; where no rung has
/// bits of its own, those whose channels differ in them.
Made make_clio(std::string_view name, const Ladder& ladder, const PolicyOptions& options) {
  std::map<std::int32_t, std::vector<NumberedRung>> by_bits;
  for (NumberedRung& each :
       numbered(ladder, [](const Rung& r) { return r.kind == RungKind::features && r.bits > 1; })) {
    by_bits[each.rung.bits].push_back(std::move(each));
  }
  if (by_bits.empty()) {
    auto mixed = numbered(ladder, [](const Rung& r) { return r.kind == RungKind::features && r.bits == 0; });
    if (mixed.empty()) return lacks(name, "features in two bits or more");
    return std::make_unique<ClioPolicy>(std::move(mixed), options.round_trip);
  }
  const auto most = std::ranges::max_element(by_bits, {}, [](const auto& entry) { return entry.second.size(); });
  return std::make_unique<ClioPolicy>(std::move(most->second), options.round_trip);
}

struct Maker {
  std::string_view name;
  Made (*make)(std::string_view, const Ladder&, const PolicyOptions&);
};
constexpr Maker kMakers[] = {
    {"mpc", make_mpc},          {"fixed", make_fixed},      {"smallest", make_fixed},
    {"spinn", make_spinn},      {"clio", make_clio},        {"neurosurgeon", make_neurosurgeon},
    {"remote-jpeg", make_jpeg}, {"remote-h264", make_h264}, {"local", make_local}};

}  // namespace

Policy::~Policy() = default;

std::vector<std::string_view> policy_names() {
  std::vector<std::string_view> names;
  for (const Maker& maker : kMakers) names.push_back(maker.name);
  return names;
}

Result<std::unique_ptr<Policy>> make_policy(std::string_view name, const Ladder& ladder, const PolicyOptions& options) {
  const auto maker = std::ranges::find(kMakers, name, &Maker::name);
  if (maker == std::end(kMakers)) {
    std::string known;
    for (const Maker& each : kMakers) known += (known.empty() ? "" : ", ") + std::string(each.name);
    return fail(Code::invalid, "there is no policy \"" + std::string(name) + "\"; known are " + known);
  }
  if (Status status = validate(ladder); !status) return fail(status.error());
  if (options.horizon < 1 || options.horizon > 16) {
    return fail(Code::invalid, "the horizon is " + std::to_string(options.horizon) + " frames, wanted is 1 to 16");
  }
  if (!(options.risk >= 0 && options.risk <= 0.5)) {
    return fail(Code::invalid, "the risk is " + std::to_string(options.risk) + ", wanted is 0 to 0.5");
  }
  return maker->make(maker->name, ladder, options);
}

}  // namespace weir
