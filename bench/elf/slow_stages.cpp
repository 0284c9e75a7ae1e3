// SPDX-License-Identifier: Apache-2.0
#include "bench/elf/slow_stages.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <thread>
#include <utility>

#include "pipeline/channel/port_access.hpp"
#include "stages/register.hpp"

namespace weir::bench {
namespace {

using Maker = std::unique_ptr<Stage> (*)();

std::atomic<std::uint64_t> late_calls{0};

/// How one stage is slowed.
struct Slot {
  Maker make = nullptr;
  double factor = 1;
  const ServiceTimes* service = nullptr;
  const void* image = nullptr;  // input of which the service time is
};

/// A stage on a slower machine.
class SlowStage final : public Stage {
 public:
  explicit SlowStage(const Slot& slot) : slot_(slot), stage_(slot.make()) {}

  Status open(OpenContext& cx) override { return stage_->open(cx); }
  Status process(Context& cx) override {
    using Ms = std::chrono::duration<double, std::milli>;
    const auto called = std::chrono::steady_clock::now();
    Ms takes{0};
    if (slot_.service != nullptr) {
      takes = Ms(slot_.service->ms(*PortAccess::input(cx, slot_.image).get<Frame>()));
    }
    Status status = stage_->process(cx);
    const Ms worked = std::chrono::steady_clock::now() - called;
    if (slot_.service == nullptr) takes = worked;
    if (worked > takes * slot_.factor) ++late_calls;
    std::this_thread::sleep_until(called + std::chrono::duration_cast<std::chrono::nanoseconds>(takes * slot_.factor));
    return status;
  }
  Status close() override { return stage_->close(); }

 private:
  const Slot& slot_;
  const std::unique_ptr<Stage> stage_;
};

constexpr std::size_t kSlots = 24;
std::array<Slot, kSlots> slots;
std::size_t used = 0;

/// A registry takes plain functions: one for each slot.
template <std::size_t Index>
std::unique_ptr<Stage> make_slow() {
  return std::make_unique<SlowStage>(slots[Index]);
}

template <std::size_t... Indices>
constexpr std::array<Maker, kSlots> makers(std::index_sequence<Indices...>) {
  return {&make_slow<Indices>...};
}

/// Those of the benchmark's launch file that work on a frame once it is there.
constexpr std::array<std::string_view, 6> kSlowed{"propose.lstm",   "partition.whole", "partition.content",
                                                  "infer.detector", "merge.boxes",     "track.sort"};

}  // namespace

Status register_slow_stages(Registry& registry, double factor, double detector, const ServiceTimes* service) {
  static constexpr auto kMakers = makers(std::make_index_sequence<kSlots>{});
  Registry builtin;
  if (Status status = register_builtin_stages(builtin); !status) return status;
  for (const StageInfo* kind : builtin.all()) {
    StageInfo info = *kind;
    const bool detects = info.name == "infer.detector";
    const double by = factor * (detects ? detector : 1);
    if (std::ranges::find(kSlowed, info.name) != kSlowed.end() && by > 1) {
      if (used == kSlots) return {Code::internal, "more than 24 slow stages"};
      slots[used] = {info.make, by, detects ? service : nullptr, info.inputs.front().id};
      info.make = kMakers[used++];
    }
    if (Status status = registry.add(std::move(info)); !status) return status;
  }
  return {};
}

std::uint64_t overruns() { return late_calls; }

}  // namespace weir::bench
