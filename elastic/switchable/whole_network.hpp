// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "elastic/switchable/measure.hpp"
#include "engine/engine.hpp"
#include "kernels/detect/detection.hpp"
#include "kernels/detect/nms.hpp"
#include "kernels/image/preprocess.hpp"

namespace weir {

/// An untouched network, from images to what it puts out and to boxes. Bound to one thread at a time.
class WholeNetwork {
 public:
  /// `network` are the bytes of its file; `options` must live longer.
  static Result<std::unique_ptr<WholeNetwork>> load(std::string_view network, const MeasureOptions& options);

  /// What the network sees of an image; borrowed until the next call.
  Result<TensorView> prepare(const ImageView& image);

  /// The outputs for a prepared image; borrowed until the next call.
  Result<std::span<const TensorView>> infer(const TensorView& input) { return session_->infer({&input, 1}); }

  /// The boxes in outputs, of whichever network of this form, for the image prepared last: in its pixels, without
  /// duplicates. None for OutputKind::plain.
  Result<std::vector<Detection>> boxes(std::span<const TensorView> outputs);

  /// All three in turn.
  Result<std::vector<Detection>> detect(const ImageView& image);

 private:
  WholeNetwork(const MeasureOptions& options, PreprocessPlan plan)
      : options_(options),
        plan_(std::move(plan)),
        input_(DType::f32, {1, 3, options.input.height, options.input.width}) {}

  const MeasureOptions& options_;
  PreprocessPlan plan_;
  std::unique_ptr<Session> session_;
  Tensor input_;
  ImageToTensor geometry_;
  Nms nms_;
};

}  // namespace weir
