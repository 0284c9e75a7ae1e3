// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "pipeline/runtime/activation.hpp"

namespace weir {

/// What a stage of a run sees while it opens.
class Opening final : public OpenContext {
 public:
  explicit Opening(StageCore& core);

  std::string_view stage_name() const override { return core_.spec->name; }
  std::uint64_t seed() const override;
  std::span<const std::string> streams() const override { return streams_; }
  bool realtime() const override { return core_.run->options.realtime; }
  int parallel() const override { return core_.spec->parallel; }
  int batch() const override { return core_.spec->batch; }
  Clock& clock() override { return *core_.run->clock; }
  LinkMonitor* link() override { return &core_.run->link; }
  DecisionLog* decisions() override { return &core_.run->decisions; }
  void warn(std::string text) override;

 private:
  const ParamValue& value_of(const void* id) const override { return core_.value_of(id); }
  bool is_given(const void* id) const override;

  StageCore& core_;
  std::vector<std::string> streams_;
};

/// Stage::open and Stage::close, with what they throw turned into an error.
Status open_stage(Stage& stage, OpenContext& context);
Status close_stage(Stage& stage);

/// The processor and the number of its cores.
MachineReport machine_report();

}  // namespace weir
