// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "elastic/onnx_model.hpp"
#include "kernels/base/random.hpp"

namespace weir {

struct ConvShape {
  int kernel = 3;
  int stride = 1;
  int groups = 1;
  bool bias = false;
  int dilation = 1;
};

/// Writes a convolutional network down as an ONNX graph (opset 11) with fresh weights.
///
/// Every call adds one node and returns the name of its output; a value is known by that name, and names are given by
/// the caller (layer) so that weights keep theirs over versions. Weights are normal with He et al.'s deviation for
/// ReLU (ICCV 2015, section 2.2), from the seed and the layer's name alone. Values are f32 [N, C, H, W] unless said
/// otherwise. Wrong names and channel counts are the caller's bug and end in std::logic_error. Thread-compatible.
class GraphBuilder {
 public:
  GraphBuilder(std::string name, std::uint64_t seed);

  /// A model input; extents of -1 are open. Returns its name.
  std::string input(const std::string& name, const Shape& shape);

  /// "Same" padded for odd kernels: the output is the input's size divided by the stride, rounded up.
  std::string conv(const std::string& layer, const std::string& x, int channels, const ConvShape& shape = {});
  std::string batch_norm(const std::string& layer, const std::string& x);
  std::string relu(const std::string& layer, const std::string& x);
  std::string sigmoid(const std::string& layer, const std::string& x);
  std::string add(const std::string& layer, const std::string& a, const std::string& b);
  /// The product, element by element; an extent of 1 in `b` is repeated over `a`.
  std::string multiply(const std::string& layer, const std::string& a, const std::string& b);
  std::string concat(const std::string& layer, std::span<const std::string> parts);
  /// Twice the height and width, each pixel repeated.
  std::string upsample(const std::string& layer, const std::string& x);
  std::string max_pool(const std::string& layer, const std::string& x, int kernel, int stride);
  /// The mean over height and width: [N, C, 1, 1].
  std::string global_average(const std::string& layer, const std::string& x);
  /// [N, C, 1, 1] -> [N, outputs], with bias.
  std::string linear(const std::string& layer, const std::string& x, int outputs);
  /// [N, C, H, W] -> [N, H * W, C].
  std::string rows(const std::string& layer, const std::string& x);
  /// Attention of every place to every place, with one head (Vaswani et al., NeurIPS 2017, section 3.2.1): queries,
  /// keys and values [N, C, height, width] -> [N, C, height, width]. The extents are fixed in the file.
  std::string attention(const std::string& layer, const std::string& queries, const std::string& keys,
                        const std::string& values, int height, int width);

  /// Channels of a value; for linear() its outputs.
  int channels(const std::string& value) const;

  /// Adds a constant to a convolution's bias, for heads that start from a known rate.
  void fill_bias(const std::string& layer, float value);

  /// The model, with these values as its outputs, in this order. The builder is empty afterwards.
  OnnxModel finish(std::span<const std::string> outputs);

 private:
  std::string node(const std::string& layer, const char* op, std::vector<std::string> inputs, int channels,
                   std::map<std::string, OnnxAttribute> attributes = {});
  std::string weight(const std::string& name, const Shape& shape, double deviation);
  std::string filled(const std::string& name, const Shape& shape, float value);

  OnnxModel model_;
  std::uint64_t seed_;
  std::map<std::string, int> channels_;
};

}  // namespace weir
