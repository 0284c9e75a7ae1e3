// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "elastic/switchable/setups.hpp"
#include "train/common/loop/program.hpp"
#include "train/common/loop/training_loop.hpp"
#include "train/switchable/crew.hpp"

namespace weir::train {

/// How a bottleneck is trained into a network.
struct SwitchableOptions {
  ProgramOptions program;
  std::string seam;  ///< a value of the network
  BottleneckShape shape;
  std::vector<Rung> rungs;  ///< the richest first; empty: default_rungs
  SwitchCrewOptions crew;
  bool initialisation = true, clustering = true;
  std::filesystem::path start;  ///< a checkpoint whose weights are begun with (start_from); empty: none
  int steps = 4000;
  double rate = 4e-4;
  double average_decay = 0.998;
  int evaluate_every = 0;  ///< steps; 0: only what is written in the end is measured
  int checkpoint_every = 250;
};

/// What is written: two networks and the list that goes with them.
struct SwitchableModels {
  OnnxModel head, tail;
  SwitchableSetups setups;
};

struct TrainedSwitchable {
  SwitchableModels models;
  LoopEnd end;
};

/// Measures models in the course of a training; its value is kept as the curve "score".
using ScoreModels = std::function<Result<double>(const SwitchableModels&)>;

/// Puts a bottleneck into `network` and trains it on `pool` from the options' seed or checkpoint; the network's own
/// weights stay. The checkpoint is OUT/switchable.ckpt. Code::not_found for a seam that the network does not compute
/// names those that are named most like it; Code::unsupported names an operator that cannot be run.
Result<TrainedSwitchable> train_switchable(const SwitchableOptions& options, const OnnxModel& network,
                                           const FramePool& pool, const ScoreModels& score, std::ostream& messages);

/// Head and tail with the weights as they are, and the setups' own tensors.
Result<SwitchableModels> to_models(const OnnxModel& network, const std::string& seam, const SplitModel& split,
                                   const SwitchMember& member, const std::vector<Rung>& rungs);

/// Cuts the network at the seam and makes the graphs that go in. Errors as of train_switchable.
Result<SwitchableGraphs> make_graphs(const OnnxModel& network, const std::string& seam, const BottleneckShape& shape,
                                     std::uint64_t seed);

}  // namespace weir::train
