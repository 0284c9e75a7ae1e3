// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "elastic/split.hpp"
#include "train/common/data/augment.hpp"
#include "train/common/graph/onnx_net.hpp"
#include "train/switchable/bottleneck.hpp"
#include "train/switchable/distil.hpp"
#include "train/switchable/frames.hpp"
#include "train/switchable/rate.hpp"

namespace weir::train {

/// The four graphs that a network with a bottleneck consists of.
struct SwitchableGraphs {
  SplitModel network;  ///< untouched: frozen
  OnnxModel encoder, decoder;
};

struct SwitchCrewOptions {
  int members = 1;
  int batch = 16;      ///< crops per step, a multiple of the members
  int passes = 2;      ///< setups that each crop goes through
  double divide = 1;   ///< what pixels of 0 to 255 are divided by for the network
  bool distil = true;  ///< false: only the seam's own values are compared
  double feature_weight = 0.5;
  std::uint64_t seed = 1;
  AugmentOptions augment;
};

/// What the untouched network computes of some crops.
struct SeenCrops {
  torch::Tensor seam;                  ///< [B, C, h, w]
  std::vector<torch::Tensor> outputs;  ///< [B, ...]
};

/// One pass of a crop in a setup.
struct Passes {
  std::vector<std::int64_t> crops;   ///< index into SeenCrops
  std::vector<std::int64_t> setups;  ///< index into the rungs
};

/// What comes out of passes, each [M].
struct PassResults {
  torch::Tensor distance;  ///< of the outputs, and of the seam by the feature weight
  torch::Tensor bits;      ///< per position; to differentiate
  torch::Tensor counted;   ///< per position, of whole symbols
};

/// One thread's nets. Weights are shared by all members; each has gradients of its own.
struct SwitchMember {
  OnnxNet head, tail;  ///< frozen
  OnnxNet encoder, decoder;
  SetupTensors setups;
  std::unique_ptr<Augmenter> augmenter;

  /// All that is learned: the encoder's, the decoder's and the setups' tensors, in one order for all members.
  NamedTensors learned() const;
};

/// Per setup, what a step gave.
struct SetupMeans {
  std::vector<double> distance, bits;
  std::vector<int> passes;
};

/// Threads that each differentiate their share of a step. Results depend on their number, not on timing. Bound to one
/// thread.
class SwitchCrew {
 public:
  /// Code::unsupported names the first operator that cannot be run, with its node. The pool must outlive the crew.
  static Result<std::unique_ptr<SwitchCrew>> create(const SwitchableGraphs& graphs, const std::vector<Rung>& rungs,
                                                    const Distiller& distiller, const FramePool& pool,
                                                    const SwitchCrewOptions& options);

  SwitchMember& first() { return members_.front(); }
  const std::vector<Rung>& rungs() const { return rungs_; }
  const SwitchCrewOptions& options() const { return options_; }

  /// The crops of one member's share of a step as the network takes them, [B, 3, H, W].
  torch::Tensor crops(SwitchMember& member, std::int64_t step, int index);

  /// Without gradients.
  Result<SeenCrops> look(SwitchMember& member, const torch::Tensor& images);

  /// The seam with some other values: how far the outputs get from `seen`, [B]. Differentiable by `seam`.
  Result<torch::Tensor> distance(SwitchMember& member, const SeenCrops& seen, const torch::Tensor& seam);

  Result<PassResults> run(SwitchMember& member, const SeenCrops& seen, const Passes& passes, std::uint64_t noise_seed);

  /// Leaves in the first member's tensors the gradients of the mean over passes of
  /// distance / distances[setup] + prices[setup] * bits, `drawn` being the setups of this step.
  Result<SetupMeans> step(std::int64_t step, const std::vector<std::int64_t>& drawn,
                          const std::vector<double>& distances, const std::vector<double>& prices);

  /// The mean squared size of the seam's values about their means, which its errors are measured by.
  void set_seam_variance(double variance) { seam_variance_ = variance; }
  double seam_variance() const { return seam_variance_; }

 private:
  struct Share;

  SwitchCrew(const std::vector<Rung>& rungs, const Distiller& distiller, const FramePool& pool,
             const SwitchCrewOptions& options)
      : rungs_(rungs), distiller_(distiller), pool_(pool), options_(options) {}
  Status hire(const SwitchableGraphs& graphs);
  Result<torch::Tensor> loss(int index, std::int64_t step, const std::vector<std::int64_t>& drawn,
                             const std::vector<double>& distances, const std::vector<double>& prices, Share& share);
  void work(int index, std::int64_t step, const std::vector<std::int64_t>& drawn, const std::vector<double>& distances,
            const std::vector<double>& prices, Share& share);

  std::vector<Rung> rungs_;
  Distiller distiller_;
  const FramePool& pool_;
  SwitchCrewOptions options_;
  double seam_variance_ = 1;
  std::vector<SwitchMember> members_;
};

}  // namespace weir::train
