// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "train/common/data/augment_options.hpp"
#include "train/common/graph/onnx_net.hpp"
#include "train/common/loop/progress.hpp"
#include "train/detector/loss.hpp"
#include "train/detector/pool.hpp"

namespace weir::train {

struct CrewOptions {
  int workers = 1;  ///< threads, each with its share of the batch; results depend on their number
  int batch = 16;   ///< crops per step, a multiple of the workers
  std::uint64_t seed = 1;
  bool bf16 = true;
  std::int64_t plain_from = 0;  ///< from this step on crops have neither mosaic nor pasted objects
  double mimic_weight = 1;
  int mimic_every = 1;            ///< steps
  std::filesystem::path teacher;  ///< empty: nothing is mimicked
  AugmentOptions augment;
  DetectorLossOptions loss;
};

/// Threads that each make crops, run teacher and student on them and differentiate the loss.
///
/// All share the weights of one net; each has its own gradients, which step() averages in a fixed order. Small
/// convolutions keep a core busier than the threads of one convolution do.
class Crew {
 public:
  /// `net` and `adapters` are what is trained; they, their models and the pool must outlive the crew.
  static Result<std::unique_ptr<Crew>> create(OnnxNet& net, OnnxNet& adapters, const Pool& pool,
                                              const CrewOptions& options);
  virtual ~Crew() = default;

  /// Leaves the gradients of one step's loss in the parameters of net and adapters, and tells the loss and its parts.
  virtual Result<LossParts> step(std::int64_t step) = 0;
};

}  // namespace weir::train
