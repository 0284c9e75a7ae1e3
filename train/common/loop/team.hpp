// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include <functional>
#include <memory>

#include "kernels/base/status.hpp"
#include "train/common/graph/onnx_net.hpp"

namespace weir::train {

/// Threads that each differentiate the loss of their share of a batch (docs/decisions/0005).
///
/// All share the weights of one net; each has its own gradients, which step() averages in a fixed order, and norms see
/// the share alone: results depend on the number of members, not on timing. Thread-bound.
class Team {
 public:
  /// The loss of one member's share, a scalar with a gradient; called on the member's thread, its net in training mode.
  using ShareLoss = std::function<Result<torch::Tensor>(int member, OnnxNet& net)>;

  /// `net` is what is trained and the first member's; it must outlive the team. libtorch runs each operation on one
  /// thread from then on. `members` is at least 1.
  static Result<std::unique_ptr<Team>> create(OnnxNet& net, int members);
  virtual ~Team() = default;

  virtual int members() const = 0;

  /// Leaves the mean of the members' gradients in the net's parameters and tells the mean loss, without a gradient.
  virtual Result<torch::Tensor> step(const ShareLoss& loss) = 0;
};

/// `wanted` members, or one for each core when it is 0, and fewer where a batch cannot be shared by as many.
int team_size(int wanted, int batch);

}  // namespace weir::train
