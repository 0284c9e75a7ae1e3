// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

#include "kernels/base/status.hpp"

namespace weir::train {

/// Stops a training whose loss is no number any more. Thread-compatible.
class LossGuard {
 public:
  /// Tells where a checkpoint with a finite loss was written.
  void saved(std::filesystem::path checkpoint, std::int64_t step);

  /// Code::internal when `loss` is NaN or infinite; the text names the step and the checkpoint to go back to.
  Status check(std::int64_t step, double loss) const;

 private:
  std::filesystem::path checkpoint_;
  std::int64_t checkpoint_step_ = 0;
};

}  // namespace weir::train
