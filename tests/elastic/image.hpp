// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace weir::test {

/// An image of floats, channels last: what TensorFlow's layers are defined on.
struct Image {
  int height = 0, width = 0, channels = 0;
  std::vector<float> values{};

  Image(int h, int w, int c) : height(h), width(w), channels(c), values(static_cast<std::size_t>(h * w * c), 0.0F) {}

  float& at(int y, int x, int c) { return values[static_cast<std::size_t>((y * width + x) * channels + c)]; }
  float at(int y, int x, int c) const { return values[static_cast<std::size_t>((y * width + x) * channels + c)]; }
  bool inside(int y, int x) const { return y >= 0 && y < height && x >= 0 && x < width; }
};

/// Values in [-1, 1), the same for the same seed.
std::vector<float> random_values(std::size_t count, std::uint64_t seed);
Image random_image(int height, int width, int channels, std::uint64_t seed);

/// Channels first, as ONNX has it, and back.
std::vector<float> planes(const Image& image);

/// What a convolution or pooling window does at its edges: TensorFlow's SAME or none, on top of `border` pixels.
struct Window {
  int size = 3, stride = 1;
  bool same = false;
  int border = 0;
};

/// Weights [size, size, in, out], straight from the definition.
Image convolve(const Image& in, std::span<const float> weights, std::span<const float> bias, int out, const Window& w);
/// Weights [size, size, in, times].
Image depthwise(const Image& in, std::span<const float> weights, std::span<const float> bias, int times,
                const Window& w);
Image max_pool(const Image& in, const Window& w);
Image average_pool(const Image& in, const Window& w);

/// TensorFlow's ResizeBilinear and ResizeNearestNeighbor with half_pixel_centers.
Image resize_bilinear(const Image& in, int height, int width);
Image resize_nearest(const Image& in, int height, int width);

Image concat_channels(const Image& a, const Image& b);

template <typename Function>
Image mapped(Image image, Function function) {
  for (float& v : image.values) v = function(v);
  return image;
}

}  // namespace weir::test
