// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "kernels/base/tensor.hpp"
#include "kernels/detect/detection.hpp"
#include "kernels/image/preprocess.hpp"
#include "stages/infer/detector_options.hpp"

namespace weir {

/// What a network saw: the size of its input in pixels, and where that lies in the frame.
struct NetworkInput {
  int width = 0, height = 0;
  ImageToTensor geometry;
};

struct FrameSize {
  int width = 0, height = 0;
};

/// Turns the outputs of a detector for one image into boxes. Allocates nothing in steady state. Thread-compatible.
class BoxReader {
 public:
  /// `options` must live longer. `logits`: the file's scores still need a sigmoid.
  BoxReader(const DetectorOptions& options, bool logits) : options_(options), logits_(logits) {}

  /// Appends the boxes in pixels of the frame, clipped to it, not yet suppressed, of the classes that are kept.
  /// Code::invalid where the outputs are not what the decoder reads.
  Status read(std::span<const TensorView> outputs, const NetworkInput& input, const FrameSize& frame,
              std::vector<Detection>& boxes);

 private:
  const DetectorOptions& options_;
  const bool logits_;
  std::vector<Detection> found_;
};

}  // namespace weir
