// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "elastic/graph_builder.hpp"

namespace weir::train {

/// A convolution `layer`.conv and its norm `layer`.norm.
std::string conv_norm(GraphBuilder& graph, const std::string& layer, const std::string& x, int channels,
                      const ConvShape& shape);

/// The same with a ReLU behind it.
std::string conv_norm_relu(GraphBuilder& graph, const std::string& layer, const std::string& x, int channels,
                           const ConvShape& shape);

/// An inverted residual (Sandler et al., "MobileNetV2", CVPR 2018, section 3.3): it works on `expand` times its input's
/// channels, and adds its input where that has the output's form.
std::string inverted_residual(GraphBuilder& graph, const std::string& layer, const std::string& x, int channels,
                              int stride, int expand);

}  // namespace weir::train
