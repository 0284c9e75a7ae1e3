// SPDX-License-Identifier: Apache-2.0
#include "app/profile_frames.hpp"

#include <algorithm>
#include <map>

#include "kernels/eval/agreement.hpp"
#include "pipeline/base/format.hpp"
#include "pipeline/clock.hpp"
#include "pipeline/harness.hpp"

namespace weir::app {
namespace {

std::map<std::string, std::string> given_params(const StageSpec& stage) {
  std::map<std::string, std::string> params;
  for (std::size_t i = 0; i < stage.values.size(); ++i) {
    if (stage.given[i]) params.emplace(stage.info->params[i].spec.name, format_value(stage.values[i]));
  }
  return params;
}

/// The stage that feeds a port of a kind of stage, or null.
const StageSpec* feeder(const GraphSpec& spec, std::string_view kind, std::string_view port) {
  for (const EdgeSpec& edge : spec.edges) {
    const StageInfo& to = *spec.stages[edge.to].info;
    if (to.name == kind && to.inputs[edge.to_port].name == port) return &spec.stages[edge.from];
  }
  return nullptr;
}

/// Gives classes of the same name the same number, whatever model they come from.
class ClassNumbers {
 public:
  std::vector<Detection> renumbered(const Detections& from) {
    std::vector<Detection> items = from.items;
    for (Detection& item : items) {
      const std::string& name = (*from.classes)[static_cast<std::size_t>(item.class_id)];
      item.class_id = numbers_.try_emplace(name, static_cast<std::int32_t>(numbers_.size())).first->second;
    }
    return items;
  }

 private:
  std::map<std::string, std::int32_t> numbers_;
};

/// Runs a detector stage over frames; the median time goes to `took`.
Result<std::vector<Packet>> detect(const Registry& registry, std::string_view kind,
                                   std::map<std::string, std::string> params, const SourceFrames& frames,
                                   Duration& took) {
  StageHarness stage(registry, kind, std::move(params));
  if (Status status = stage.open(); !status) return fail(status.error());
  const SteadyClock clock;
  std::vector<Packet> found;
  std::vector<Duration> times;
  for (std::size_t i = frames.packets.size() / 2; i < frames.packets.size(); ++i) {
    stage.feed("frame", Frame(*frames.packets[i].get<Frame>()));
    const TimePoint begun = clock.now();
    if (Status status = stage.run(); !status) return fail(status.error());
    times.push_back(clock.now() - begun);
    found.push_back(stage.output("detections"));
  }
  std::ranges::sort(times);
  took = times[times.size() / 2];
  return found;
}

/// What is worse than the device's own answer is not worth sending; the most accurate rung stays in any case.
void drop_useless(Ladder& ladder) {
  const double best = std::ranges::max_element(ladder.rungs, {}, &Rung::accuracy)->accuracy;
  const double least = std::min(ladder.local_accuracy, best);
  std::erase_if(ladder.rungs, [&](const Rung& rung) { return rung.accuracy < least; });
}

}  // namespace

Result<SourceFrames> read_frames(const GraphSpec& spec, const Registry& registry, std::size_t most) {
  const StageSpec& source = spec.stages[spec.streams.front().source];
  StageHarness stage(registry, source.info->name, given_params(source));
  const auto named = [&](const Error& error) { return fail(error.code, "stage '" + source.name + "': " + error.text); };
  if (Status status = stage.open(); !status) return named(status.error());
  SourceFrames frames;
  const std::string port(source.info->outputs.front().name);
  while (frames.packets.size() < most) {
    if (Status status = stage.run(); !status) return named(status.error());
    if (stage.ended()) break;
    const Packet& packet = stage.output(port);
    if (!packet || !packet.get<Frame>()) continue;
    frames.packets.push_back(packet);
    frames.views.push_back(packet.get<Frame>()->image);
  }
  return frames;
}

Status measure_local(const GraphSpec& spec, const Registry& registry, const SourceFrames& frames,
                     const ProfileOptions& options, Ladder& ladder) {
  const StageSpec* local = feeder(spec, "merge.best", "local");
  if (!local || local->info->name != "infer.detector") return {};
  if (options.progress) options.progress("measuring the device's own detector");
  auto whole = std::map<std::string, std::string>{{"model", options.network.model}, {"size", options.network.size}};
  // As classes are reported, so that those of two models can be compared.
  for (const StageSpec& stage : spec.stages) {
    if (stage.info->name != "infer.tail") continue;
    const auto params = given_params(stage);
    if (const auto keep = params.find("keep"); keep != params.end()) whole.insert(*keep);
  }
  Duration ignored{};
  const auto expected = detect(registry, "infer.detector", std::move(whole), frames, ignored);
  if (!expected) return expected.error();
  const auto found = detect(registry, "infer.detector", given_params(*local), frames, ladder.local);
  if (!found) return {found.error().code, "stage '" + local->name + "': " + found.error().text};
  ClassNumbers numbers;
  std::vector<AgreementFrame> pairs;
  for (std::size_t i = 0; i < found->size(); ++i) {
    pairs.push_back(
        {numbers.renumbered(*(*expected)[i].get<Detections>()), numbers.renumbered(*(*found)[i].get<Detections>())});
  }
  ladder.local_accuracy =
      agreement(pairs, {.expected_score = static_cast<float>(options.expected_score)}).average_precision;
  drop_useless(ladder);
  return {};
}

}  // namespace weir::app
