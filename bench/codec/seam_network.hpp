// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/engine.hpp"
#include "kernels/base/tensor.hpp"
#include "kernels/detect/detection.hpp"
#include "kernels/detect/nms.hpp"
#include "kernels/image/preprocess.hpp"

namespace weir::bench {

/// Class ids of the boxes that the measurements here look at.
enum class Kind : std::int32_t { person, vehicle };

/// YOLOX-Nano at 640x192, cut at its seam `725`: 32 channels of 24x80.
class SeamNetwork {
 public:
  /// Code::unavailable when the model is not among the reference data.
  static Result<std::unique_ptr<SeamNetwork>> load();

  /// The seam's tensor for a frame, copied.
  Result<Tensor> features(const ImageView& image);

  /// The network's raw output for a seam's tensor, valid until the next call: [1, N, 85], see decode_yolox.
  Result<TensorView> output(const TensorView& features);

  /// Persons and vehicles with a score of at least 0.02, in pixels of the network's input, without duplicates.
  Result<std::vector<Detection>> detect(const TensorView& features);

 private:
  SeamNetwork(PreprocessPlan plan, std::unique_ptr<Session> head, std::unique_ptr<Session> tail)
      : plan_(std::move(plan)), head_(std::move(head)), tail_(std::move(tail)), input_(DType::f32, {1, 3, 192, 640}) {}

  PreprocessPlan plan_;
  std::unique_ptr<Session> head_, tail_;
  Tensor input_;
  Nms nms_;
};

}  // namespace weir::bench
