// SPDX-License-Identifier: Apache-2.0
#include "pipeline/harness.hpp"

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <utility>

#include "pipeline/launch_file.hpp"

namespace weir {
namespace {

constexpr std::uint64_t kSeed = 1;
const Packet kNoPacket;

template <typename Infos>
std::vector<std::string> names_of(const Infos& infos) {
  std::vector<std::string> names;
  for (const auto& info : infos) names.emplace_back(info.name);
  return names;
}

template <typename Infos>
std::size_t index_of(const Infos& infos, const void* id) {
  const auto found = std::find_if(infos.begin(), infos.end(), [&](const auto& info) { return info.id == id; });
  return static_cast<std::size_t>(found - infos.begin());
}

std::string unknown_name(std::string_view stage, std::string_view kind, std::string_view port,
                         const std::vector<std::string>& known) {
  std::string text = "stage '" + std::string(stage) + "' has no " + std::string(kind) + " '" + std::string(port) + "'";
  if (const std::string near = nearest_name(port, known); !near.empty()) text += "; did you mean '" + near + "'?";
  return text;
}

}  // namespace

struct StageHarness::Impl final : OpenContext, Context {
  Impl(const Registry& registry, std::string_view kind, std::map<std::string, std::string> params)
      : name(kind), info(registry.find(kind)), texts(std::move(params)) {
    if (!info) {
      std::vector<std::string> known;
      for (const StageInfo* each : registry.all()) known.push_back(each->name);
      problem = "no stage '" + name + "' is registered";
      if (const std::string near = nearest_name(name, known); !near.empty())
        problem += "; did you mean '" + near + "'?";
      return;
    }
    fed.resize(info->inputs.size());
    emitted.resize(info->outputs.size());
    results.resize(info->outputs.size());
    for (const PortInfo& port : info->outputs) pools.push_back(port.make_pool());
  }

  Status read_params() {
    for (const auto& [key, text] : texts) {
      const auto has_name = [&seen = key](const ParamInfo& param) { return param.spec.name == seen; };
      if (std::any_of(info->params.begin(), info->params.end(), has_name)) continue;
      std::vector<std::string> known;
      for (const ParamInfo& param : info->params) known.emplace_back(param.spec.name);
      return {Code::invalid, unknown_name(name, "parameter", key, known)};
    }
    for (const ParamInfo& param : info->params) {
      const auto text = texts.find(std::string(param.spec.name));
      given.push_back(text != texts.end());
      if (text == texts.end()) {
        if (param.spec.required) {
          return {Code::invalid, "stage '" + name + "' needs parameter '" + std::string(param.spec.name) + "'"};
        }
        values.push_back(param.default_value());
        continue;
      }
      Result<ParamValue> value = parse_param(param, text->second);
      if (!value) return {value.error().code, "stage '" + name + "': " + value.error().text};
      values.push_back(*std::move(value));
    }
    return {};
  }

  Status open_stage() {
    if (!problem.empty()) return {Code::invalid, problem};
    if (Status status = read_params(); !status) return status;
    stage = info->make();
    return guard([&] { return stage->open(*this); });
  }

  template <typename Call>
  Status guard(const Call& call) {
    try {
      return call();
    } catch (const std::exception& error) {
      return {Code::internal, "stage '" + name + "' threw: " + error.what()};
    }
  }

  Status check_inputs() const {
    if (!problem.empty()) return {Code::invalid, problem};
    if (!stage) return {Code::invalid, "stage '" + name + "' is not open; call open() first"};
    for (std::size_t i = 0; i < fed.size(); ++i) {
      if (fed[i] || info->inputs[i].optional) continue;
      return {Code::invalid, "stage '" + name + "': input '" + std::string(info->inputs[i].name) +
                                 "' is required; feed it before run()"};
    }
    return {};
  }

  Status run_stage() {
    if (Status status = check_inputs(); !status) return status;
    std::fill(emitted.begin(), emitted.end(), Emitted{});
    std::fill(results.begin(), results.end(), Packet());
    frame_stamp.capture = manual.now();
    frame_quality = {};
    reason = Reasons::none;
    const Status status = guard([&] { return stage->process(*this); });
    if (status && reason == Reasons::none && !at_end) publish();
    std::fill(fed.begin(), fed.end(), Packet());
    ++frame_stamp.frame;
    return status;
  }

  void publish() {
    for (std::size_t i = 0; i < emitted.size(); ++i) {
      if (emitted[i].fresh) {
        emitted[i].fresh->stamp = frame_stamp;
        emitted[i].fresh->quality = frame_quality;
      }
      results[i] = std::move(emitted[i].packet);
    }
  }

  // Of the stage's life.
  std::string_view stage_name() const override { return name; }
  std::uint64_t seed() const override { return derive_seed(kSeed, name); }
  std::span<const std::string> streams() const override { return stream_names; }
  bool realtime() const override { return false; }
  Clock& clock() override { return manual; }
  void warn(std::string text) override { warnings.push_back(std::move(text)); }

  // Of one frame.
  void drop(Reason why) override { reason = why; }
  const Stamp& stamp() const override { return frame_stamp; }
  Quality& quality() override { return frame_quality; }
  Duration remaining() const override { return Duration::max(); }
  TimePoint now() const override { return manual.now(); }
  bool stopping() const override { return false; }
  void set_media_time(Duration since_start) override { media = since_start; }
  void end_of_stream() override { at_end = true; }

  const Packet& input(const void* id) const override {
    const std::size_t i = index_of(info->inputs, id);
    return i < fed.size() ? fed[i] : kNoPacket;
  }
  detail::PoolBase& pool(const void* id) override { return *pools[output_index(id)]; }
  void set_output(const void* id, Packet packet, detail::PacketHeader* fresh) override {
    emitted[output_index(id)] = {std::move(packet), fresh};
  }
  const ParamValue& value_of(const void* id) const override {
    const std::size_t i = index_of(info->params, id);
    if (i >= values.size()) throw std::logic_error("a parameter is read that `params` does not list");
    return values[i];
  }
  bool is_given(const void* id) const override {
    const std::size_t i = index_of(info->params, id);
    return i < given.size() && given[i];
  }

  std::size_t output_index(const void* id) const {
    const std::size_t i = index_of(info->outputs, id);
    if (i >= pools.size()) throw std::logic_error("an output is written that `outputs` does not list");
    return i;
  }

  struct Emitted {
    Packet packet;
    detail::PacketHeader* fresh = nullptr;
  };

  std::string name;
  const StageInfo* info;
  std::map<std::string, std::string> texts;
  std::string problem;  ///< what is wrong with how the harness is used; the next call that can fail reports it
  std::vector<ParamValue> values;
  std::vector<bool> given;
  std::unique_ptr<Stage> stage;
  ManualClock manual;
  std::vector<std::string> stream_names{"camera"};
  std::vector<std::string> warnings;
  std::vector<std::shared_ptr<detail::PoolBase>> pools;
  std::vector<Packet> fed;
  std::vector<Emitted> emitted;
  std::vector<Packet> results;
  Stamp frame_stamp;
  Quality frame_quality;
  Reason reason;
  Duration media{};
  bool at_end = false;
};

StageHarness::StageHarness(const Registry& registry, std::string_view stage, std::map<std::string, std::string> params)
    : impl_(std::make_unique<Impl>(registry, stage, std::move(params))) {}

StageHarness::~StageHarness() = default;

Status StageHarness::open() { return impl_->open_stage(); }

void StageHarness::feed(std::string_view port, Packet packet, detail::PacketHeader* header, std::uint64_t frames_ago) {
  if (!impl_->info) return;
  const PortInfo* info = impl_->info->input(port);
  if (!info) {
    impl_->problem = unknown_name(impl_->name, "input", port, names_of(impl_->info->inputs));
    return;
  }
  const bool fits = info->types.empty() || std::any_of(info->types.begin(), info->types.end(),
                                                       [&](const auto* type) { return *type == packet.type(); });
  if (!fits) {
    impl_->problem = "stage '" + impl_->name + "': input '" + std::string(port) + "' takes " +
                     std::string(info->types.front()->name) + ", but was fed " + std::string(packet.type().name);
    return;
  }
  header->stamp = impl_->frame_stamp;
  header->stamp.frame -= std::min(frames_ago, header->stamp.frame);
  header->stamp.capture = impl_->manual.now();
  impl_->fed[static_cast<std::size_t>(info - impl_->info->inputs.data())] = std::move(packet);
}

void StageHarness::skip(std::uint64_t frames) { impl_->frame_stamp.frame += frames; }

Status StageHarness::run() { return impl_->run_stage(); }

Status StageHarness::close() {
  if (!impl_->stage) return {Code::invalid, "stage '" + impl_->name + "' is not open; call open() first"};
  return impl_->guard([&] { return impl_->stage->close(); });
}

const Packet& StageHarness::output(std::string_view port) const {
  if (!impl_->info) return kNoPacket;
  const PortInfo* info = impl_->info->output(port);
  return info ? impl_->results[static_cast<std::size_t>(info - impl_->info->outputs.data())] : kNoPacket;
}

std::string_view StageHarness::drop_reason() const { return impl_->reason.text(); }
bool StageHarness::ended() const { return impl_->at_end; }
Duration StageHarness::media_time() const { return impl_->media; }
ManualClock& StageHarness::clock() { return impl_->manual; }
const std::vector<std::string>& StageHarness::warnings() const { return impl_->warnings; }

}  // namespace weir
