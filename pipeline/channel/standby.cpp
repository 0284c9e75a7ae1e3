// SPDX-License-Identifier: Apache-2.0
#include "pipeline/channel/standby.hpp"

#include "pipeline/base/concat.hpp"
#include "pipeline/base/guarded.hpp"
#include "pipeline/channel/port_access.hpp"

namespace weir {
namespace {

constexpr Duration kFirstGuess = std::chrono::milliseconds(50);

/// The part's opening, with the fallback's own name and parameters.
class StandbyOpening final : public OpenContext {
 public:
  StandbyOpening(const StageSpec& spec, OpenContext& part) : spec_(spec), part_(part) {}
  std::string_view stage_name() const override { return spec_.name; }
  std::uint64_t seed() const override { return derive_seed(part_.seed(), spec_.name); }
  std::span<const std::string> streams() const override { return part_.streams(); }
  bool realtime() const override { return part_.realtime(); }
  Clock& clock() override { return part_.clock(); }
  LinkMonitor* link() override { return part_.link(); }
  void warn(std::string text) override { part_.warn(concat("fallback ", spec_.name, ": ", text)); }

 private:
  const ParamValue& value_of(const void* id) const override { return spec_.values[spec_.param_index(id)]; }
  bool is_given(const void* id) const override { return spec_.given[spec_.param_index(id)]; }

  const StageSpec& spec_;
  OpenContext& part_;
};

/// The part's call, with the fallback's own ports and parameters.
class StandbyContext final : public Context {
 public:
  StandbyContext(const RemotePart& part, Context& cx) : part_(part), cx_(cx) {}

  bool answered() const { return !dropped_ && emitted_; }

  void drop(Reason) override { dropped_ = true; }
  const Stamp& stamp() const override { return cx_.stamp(); }
  Quality& quality() override { return cx_.quality(); }
  Duration remaining() const override { return cx_.remaining(); }
  TimePoint now() const override { return cx_.now(); }
  bool stopping() const override { return cx_.stopping(); }
  void set_media_time(Duration) override {}
  void end_of_stream() override {}
  void warn(std::string text) override { cx_.warn(concat("fallback ", part_.fallback->name, ": ", text)); }

 private:
  const Packet& input(const void* id) const override {
    static const Packet none;
    const auto ports = part_.fallback->info->inputs;
    for (std::size_t i = 0; i < ports.size(); ++i) {
      if (ports[i].id != id || part_.fallback_inputs[i] == RemotePart::kNone) continue;
      return PortAccess::input(cx_, part_.inputs[part_.fallback_inputs[i]].id);
    }
    return none;
  }
  detail::PoolBase& pool(const void*) override { return PortAccess::pool(cx_, part_.outputs.front().id); }
  void set_output(const void*, Packet packet, detail::PacketHeader* fresh) override {
    emitted_ = true;
    PortAccess::set_output(cx_, part_.outputs.front().id, std::move(packet), fresh);
  }
  const ParamValue& value_of(const void* id) const override {
    return part_.fallback->values[part_.fallback->param_index(id)];
  }

  const RemotePart& part_;
  Context& cx_;
  bool dropped_ = false, emitted_ = false;
};

Status named(const Status& status, const std::string& stage) {
  if (status) return status;
  return {status.error().code, concat("fallback ", stage, ": ", status.error().text)};
}

}  // namespace

Result<std::unique_ptr<Standby>> Standby::open(const RemotePart& part, OpenContext& cx) {
  auto standby = std::unique_ptr<Standby>(new Standby(part, part.fallback->make_stage()));
  standby->expected_ns_ = Duration(kFirstGuess).count();
  StandbyOpening opening(*part.fallback, cx);
  const Status status = named(guarded([&] { return standby->stage_->open(opening); }), part.fallback->name);
  if (!status) return fail(status.error());
  return standby;
}

Duration Standby::expected() const { return Duration(expected_ns_.load(std::memory_order_relaxed)); }

bool Standby::answer(Context& cx) {
  const std::lock_guard lock(mutex_);
  // Another frame may have held the stage for long.
  if (cx.remaining() < expected() / 2) return false;
  const TimePoint start = cx.now();
  StandbyContext own(part_, cx);
  const Status status = guarded([&] { return stage_->process(own); });
  const std::int64_t took = (cx.now() - start).count(), before = expected_ns_.load();
  // Quickly up, slowly down: an answer that comes too late is worth nothing.
  expected_ns_ = took > before ? took : before - (before - took) / 8;
  if (!status) cx.warn(concat("fallback ", part_.fallback->name, ": ", status.error().text));
  return status.ok() && own.answered();
}

Status Standby::close() {
  const std::lock_guard lock(mutex_);
  return named(guarded([&] { return stage_->close(); }), part_.fallback->name);
}

}  // namespace weir
