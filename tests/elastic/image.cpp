// SPDX-License-Identifier: Apache-2.0
#include "tests/elastic/image.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/base/random.hpp"

namespace weir::test {
namespace {

struct Grid {
  int rows = 0, columns = 0, top = 0, left = 0;
};

int outputs(int extent, const Window& w, int& before) {
  const int wide = extent + 2 * w.border;
  if (!w.same) {
    before = w.border;
    return (wide - w.size) / w.stride + 1;
  }
  const int out = (wide + w.stride - 1) / w.stride;
  before = std::max((out - 1) * w.stride + w.size - wide, 0) / 2 + w.border;
  return out;
}

Grid grid(const Image& in, const Window& w) {
  Grid g;
  g.rows = outputs(in.height, w, g.top);
  g.columns = outputs(in.width, w, g.left);
  return g;
}

// Calls visit(image pixel y, x, window row, column) for each pixel under the window at (row, column) of the output.
template <typename Visit>
void under_window(const Image& in, const Window& w, const Grid& g, int row, int column, Visit visit) {
  for (int i = 0; i < w.size; ++i) {
    for (int k = 0; k < w.size; ++k) {
      const int y = row * w.stride + i - g.top, x = column * w.stride + k - g.left;
      if (in.inside(y, x)) visit(y, x, i, k);
    }
  }
}

template <typename Pixel>
Image each_window(const Image& in, const Window& w, int channels, Pixel pixel) {
  const Grid g = grid(in, w);
  Image out(g.rows, g.columns, channels);
  for (int row = 0; row < g.rows; ++row) {
    for (int column = 0; column < g.columns; ++column) {
      for (int c = 0; c < channels; ++c) out.at(row, column, c) = pixel(g, row, column, c);
    }
  }
  return out;
}

}  // namespace

std::vector<float> random_values(std::size_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> values(count);
  for (float& v : values) v = static_cast<float>(random.uniform() * 2 - 1);
  return values;
}

Image random_image(int height, int width, int channels, std::uint64_t seed) {
  Image image(height, width, channels);
  image.values = random_values(image.values.size(), seed);
  return image;
}

std::vector<float> planes(const Image& image) {
  std::vector<float> out;
  for (int c = 0; c < image.channels; ++c) {
    for (int y = 0; y < image.height; ++y) {
      for (int x = 0; x < image.width; ++x) out.push_back(image.at(y, x, c));
    }
  }
  return out;
}

Image convolve(const Image& in, std::span<const float> weights, std::span<const float> bias, int out, const Window& w) {
  return each_window(in, w, out, [&](const Grid& g, int row, int column, int o) {
    double sum = bias[static_cast<std::size_t>(o)];
    under_window(in, w, g, row, column, [&](int y, int x, int i, int k) {
      for (int c = 0; c < in.channels; ++c) {
        sum += in.at(y, x, c) * weights[static_cast<std::size_t>(((i * w.size + k) * in.channels + c) * out + o)];
      }
    });
    return static_cast<float>(sum);
  });
}

Image depthwise(const Image& in, std::span<const float> weights, std::span<const float> bias, int times,
                const Window& w) {
  return each_window(in, w, in.channels * times, [&](const Grid& g, int row, int column, int o) {
    const int c = o / times, q = o % times;
    double sum = bias[static_cast<std::size_t>(o)];
    under_window(in, w, g, row, column, [&](int y, int x, int i, int k) {
      sum += in.at(y, x, c) * weights[static_cast<std::size_t>(((i * w.size + k) * in.channels + c) * times + q)];
    });
    return static_cast<float>(sum);
  });
}

Image max_pool(const Image& in, const Window& w) {
  return each_window(in, w, in.channels, [&](const Grid& g, int row, int column, int c) {
    float most = std::numeric_limits<float>::lowest();
    under_window(in, w, g, row, column, [&](int y, int x, int, int) { most = std::max(most, in.at(y, x, c)); });
    return most;
  });
}

Image average_pool(const Image& in, const Window& w) {
  return each_window(in, w, in.channels, [&](const Grid& g, int row, int column, int c) {
    float sum = 0, count = 0;
    under_window(in, w, g, row, column, [&](int y, int x, int, int) {
      sum += in.at(y, x, c);
      ++count;
    });
    return sum / count;
  });
}

Image resize_bilinear(const Image& in, int height, int width) {
  Image out(height, width, in.channels);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const float v =
          (static_cast<float>(y) + 0.5F) * static_cast<float>(in.height) / static_cast<float>(height) - 0.5F;
      const float u = (static_cast<float>(x) + 0.5F) * static_cast<float>(in.width) / static_cast<float>(width) - 0.5F;
      const int y0 = static_cast<int>(std::floor(v)), x0 = static_cast<int>(std::floor(u));
      const float dy = v - static_cast<float>(y0), dx = u - static_cast<float>(x0);
      const auto pixel = [&](int py, int px, int c) {
        return in.at(std::clamp(py, 0, in.height - 1), std::clamp(px, 0, in.width - 1), c);
      };
      for (int c = 0; c < in.channels; ++c) {
        const float top = pixel(y0, x0, c) * (1 - dx) + pixel(y0, x0 + 1, c) * dx;
        const float bottom = pixel(y0 + 1, x0, c) * (1 - dx) + pixel(y0 + 1, x0 + 1, c) * dx;
        out.at(y, x, c) = top * (1 - dy) + bottom * dy;
      }
    }
  }
  return out;
}

Image resize_nearest(const Image& in, int height, int width) {
  Image out(height, width, in.channels);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int from_y = (2 * y + 1) * in.height / (2 * height), from_x = (2 * x + 1) * in.width / (2 * width);
      for (int c = 0; c < in.channels; ++c) out.at(y, x, c) = in.at(from_y, from_x, c);
    }
  }
  return out;
}

Image concat_channels(const Image& a, const Image& b) {
  Image out(a.height, a.width, a.channels + b.channels);
  for (int y = 0; y < a.height; ++y) {
    for (int x = 0; x < a.width; ++x) {
      for (int c = 0; c < out.channels; ++c) {
        out.at(y, x, c) = c < a.channels ? a.at(y, x, c) : b.at(y, x, c - a.channels);
      }
    }
  }
  return out;
}

}  // namespace weir::test
