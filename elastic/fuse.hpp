// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "elastic/onnx_model.hpp"

namespace weir {

/// The same network for inference, with fewer layers: each batch norm that follows a convolution is folded into it, and
/// sums of parallel branches over one value (k x k and 1 x 1 convolutions, each with or without a norm, and the value
/// itself or its norm) become one convolution (Ding et al., "RepVGG", CVPR 2021, section 3.3).
///
/// Values that were fused keep their name; constants that nothing reads any more are left out. What does not fit is
/// left as it is. Equal to the original up to rounding. Code::invalid when a weight that is fused is not f32.
Result<OnnxModel> fuse_branches(OnnxModel model);

/// Multiplies the weights of every convolution that reads `input` by `factor`, so that the network takes its input
/// `1 / factor` times as large. Code::unsupported names another reader of that input.
Result<OnnxModel> scale_input(OnnxModel model, const std::string& input, float factor);

}  // namespace weir
