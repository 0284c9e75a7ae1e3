// SPDX-License-Identifier: Apache-2.0
#include "kernels/image/preprocess.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "kernels/image/preprocess_rows.hpp"

namespace weir {
namespace {

constexpr int kMaxSide = 32768;

std::string size_text(int width, int height) { return std::to_string(width) + "x" + std::to_string(height); }

Status check_size(int width, int height) {
  if (width >= 1 && height >= 1 && width <= kMaxSide && height <= kMaxSide) return {};
  return {Code::invalid, "tensor size " + size_text(width, height) +
                             " is out of range; give a width and height from 1 to " + std::to_string(kMaxSide)};
}

// The neighbours of every output position on one axis, as cv::resize finds them (INTER_LINEAR): positions are pixel
// centres, and what would lie outside takes the border pixel.
std::pair<int, float> neighbour(int position, int from, int to) {
  const double scale = static_cast<double>(from) / to;
  const double source = (position + 0.5) * scale - 0.5;
  const int left = static_cast<int>(std::floor(source));
  if (left < 0) return {0, 0.F};
  if (left >= from - 1) return {from - 1, 0.F};
  return {left, static_cast<float>(source - left)};
}

}  // namespace

Result<PreprocessPlan> PreprocessPlan::create(const PreprocessOptions& options) {
  if (Status s = check_size(options.width, options.height); !s) return fail(s.error());
  for (std::size_t c = 0; c < 3; ++c) {
    if (!(options.std[c] > 0) || !std::isfinite(options.std[c]) || !std::isfinite(options.mean[c])) {
      return fail(Code::invalid, "mean " + std::to_string(options.mean[c]) + " with std " +
                                     std::to_string(options.std[c]) + " of channel " + std::to_string(c) +
                                     " cannot normalise; give a finite mean and a positive std in grey levels");
    }
  }
  if (!(options.padding >= 0 && options.padding <= 255)) {
    return fail(Code::invalid, "padding " + std::to_string(options.padding) +
                                   " is not a grey level; give a value from 0 to 255 (YOLOX uses 114)");
  }
  return PreprocessPlan(options);
}

PreprocessPlan::PreprocessPlan(const PreprocessOptions& options) : options_(options) {
  for (std::size_t c = 0; c < 3; ++c) {
    scale_[c] = 1.F / options.std[c];
    bias_[c] = -options.mean[c] / options.std[c];
  }
}

Status PreprocessPlan::resize(int width, int height, int left, int top) {
  if (Status s = check_size(width, height); !s) return s;
  if (left < 0 || top < 0 || left >= width || top >= height) {
    return {Code::invalid, "padding of " + std::to_string(left) + " and " + std::to_string(top) +
                               " pixels leaves nothing of a tensor of " + size_text(width, height)};
  }
  if (width == options_.width && height == options_.height && left == options_.left && top == options_.top) return {};
  options_.width = width;
  options_.height = height;
  options_.left = left;
  options_.top = top;
  image_width_ = image_height_ = 0;  // the tables are for the old size
  return {};
}

std::size_t PreprocessPlan::plane() const {
  return static_cast<std::size_t>(options_.width) * static_cast<std::size_t>(options_.height);
}

PreprocessPlan::Placement PreprocessPlan::place(int image_width, int image_height) const {
  if (options_.fit == Fit::stretch) return {0, 0, options_.width, options_.height};
  const bool pad = options_.fit == Fit::pad;
  Placement p;
  if (pad) p = {options_.left, options_.top, 0, 0};
  const int width = options_.width - p.x, height = options_.height - p.y;
  double ratio = std::min(static_cast<double>(width) / image_width, static_cast<double>(height) / image_height);
  if (pad) ratio = std::min(ratio, 1.0);
  // Cut, not rounded, as YOLOX does; the small term keeps 416/1242*1242 from becoming 415.
  p.width = std::clamp(static_cast<int>(image_width * ratio + 1e-6), 1, width);
  p.height = std::clamp(static_cast<int>(image_height * ratio + 1e-6), 1, height);
  if (options_.fit == Fit::letterbox_center) {
    p.x = (options_.width - p.width) / 2;
    p.y = (options_.height - p.height) / 2;
  }
  return p;
}

ImageToTensor PreprocessPlan::geometry(int image_width, int image_height) const {
  if (image_width < 1 || image_height < 1) return {};
  const Placement p = place(image_width, image_height);
  return {static_cast<float>(static_cast<double>(p.width) / image_width),
          static_cast<float>(static_cast<double>(p.height) / image_height), static_cast<float>(p.x),
          static_cast<float>(p.y)};
}

Status PreprocessPlan::prepare(const ImageView& image, std::size_t out_elements) {
  if (image.empty() || image.width > kMaxSide || image.height > kMaxSide) {
    return {Code::invalid, "image of " + size_text(image.width, image.height) +
                               " cannot be resized; give pixels of 1x1 to " + size_text(kMaxSide, kMaxSide)};
  }
  if (out_elements != elements()) {
    return {Code::invalid, "output tensor holds " + std::to_string(out_elements) + " values; 3x" +
                               std::to_string(options_.height) + "x" + std::to_string(options_.width) + " needs " +
                               std::to_string(elements())};
  }
  if (image.width == image_width_ && image.height == image_height_) return {};
  placement_ = place(image.width, image.height);
  column_.resize(static_cast<std::size_t>(placement_.width));
  weights_.resize(column_.size());
  for (std::size_t i = 0; i < column_.size(); ++i) {
    const auto [left, fraction] = neighbour(static_cast<int>(i), image.width, placement_.width);
    column_[i] = 3 * left;
    weights_[i] = rows::pack_weights(fraction);
  }
  row_.resize(static_cast<std::size_t>(placement_.height));
  fraction_.resize(row_.size());
  for (std::size_t i = 0; i < row_.size(); ++i) {
    const auto [upper, fraction] = neighbour(static_cast<int>(i), image.height, placement_.height);
    row_[i] = upper;
    fraction_[i] = static_cast<std::int16_t>(std::min(fraction * 32768.F + 0.5F, 32767.F));
  }
  // One more pixel than the image has: the right neighbour of the last one, which carries weight 0.
  blended_.assign(3 * (static_cast<std::size_t>(image.width) + 1) + rows::kSlack, 0);
  image_width_ = image.width;
  image_height_ = image.height;
  return {};
}

const std::int16_t* PreprocessPlan::blended_row(const ImageView& image, int y) {
  const auto i = static_cast<std::size_t>(y);
  const int upper = row_[i];
  const std::uint8_t* a = image.row(upper);
  const std::uint8_t* b = image.row(std::min(upper + 1, image.height - 1));
  const auto width = static_cast<std::size_t>(image.width);
  if (image.format == PixelFormat::bgr8) {
    rows::blend(a, b, fraction_[i], width * 3, blended_.data());
  } else {
    gray_.resize(width);
    rows::blend(a, b, fraction_[i], width, gray_.data());
    rows::triple(gray_.data(), width, blended_.data());
  }
  return blended_.data();
}

void PreprocessPlan::fill_padding(std::span<float> out) const {
  const Placement& p = placement_;
  if (p.width == options_.width && p.height == options_.height) return;
  const auto width = static_cast<std::size_t>(options_.width);
  for (std::size_t c = 0; c < 3; ++c) {
    const float value = options_.padding * scale_[c] + bias_[c];
    float* const first = out.data() + c * plane();
    for (int y = 0; y < options_.height; ++y) {
      float* const row = first + static_cast<std::size_t>(y) * width;
      const bool inside = y >= p.y && y < p.y + p.height;
      std::fill(row, row + (inside ? p.x : options_.width), value);
      if (inside) std::fill(row + p.x + p.width, row + width, value);
    }
  }
}

Status PreprocessPlan::run(const ImageView& image, std::span<float> out) {
  if (Status s = prepare(image, out.size()); !s) return s;
  fill_padding(out);
  // The image's channels are blue, green, red; `rgb` only changes which plane each is written to.
  const std::size_t blue = options_.rgb ? 2 : 0, red = 2 - blue;
  const rows::Channels scale{scale_[blue] * rows::kUnit, scale_[1] * rows::kUnit, scale_[red] * rows::kUnit};
  const rows::Channels bias{bias_[blue], bias_[1], bias_[red]};
  for (int y = 0; y < placement_.height; ++y) {
    const std::int16_t* row = blended_row(image, y);
    float* const first = out.data() +
                         static_cast<std::size_t>(placement_.y + y) * static_cast<std::size_t>(options_.width) +
                         placement_.x;
    const rows::Planes planes{first + blue * plane(), first + plane(), first + red * plane()};
    rows::sample(row, column_.data(), weights_.data(), column_.size(), scale, bias, planes);
  }
  return {};
}

void PreprocessPlan::pack_bytes(std::size_t row, std::span<std::uint8_t> out, ByteLayout layout) const {
  const auto width = static_cast<std::size_t>(options_.width);
  const float* const p = planes_.data();
  if (layout == ByteLayout::interleaved) {
    rows::to_interleaved_bytes({p, p + width, p + 2 * width}, width, out.data() + row * width * 3);
    return;
  }
  for (std::size_t c = 0; c < 3; ++c) rows::to_bytes(p + c * width, width, out.data() + c * plane() + row * width);
}

Status PreprocessPlan::run(const ImageView& image, std::span<std::uint8_t> out, ByteLayout layout) {
  if (Status s = prepare(image, out.size()); !s) return s;
  const auto width = static_cast<std::size_t>(options_.width);
  planes_.resize(3 * width);
  const rows::Channels unit{rows::kUnit, rows::kUnit, rows::kUnit};
  const std::size_t blue = options_.rgb ? 2 : 0, red = 2 - blue;
  for (int y = 0; y < options_.height; ++y) {
    const int inner = y - placement_.y;
    std::fill(planes_.begin(), planes_.end(), options_.padding);
    if (inner >= 0 && inner < placement_.height) {
      float* const first = planes_.data() + placement_.x;
      rows::sample(blended_row(image, inner), column_.data(), weights_.data(), column_.size(), unit, {0, 0, 0},
                   {first + blue * width, first + width, first + red * width});
    }
    pack_bytes(static_cast<std::size_t>(y), out, layout);
  }
  return {};
}

Status PreprocessPlan::run_scalar(const ImageView& image, std::span<float> out) {
  if (Status s = prepare(image, out.size()); !s) return s;
  const int step = bytes_per_pixel(image.format);
  const auto pixel = [&](int x, int y, int channel) {
    const std::uint8_t* p = image.row(std::min(y, image.height - 1)) + std::min(x, image.width - 1) * step;
    return static_cast<float>(step == 3 ? p[channel] : p[0]);
  };
  std::size_t at = 0;
  for (int c = 0; c < 3; ++c) {
    const int source = options_.rgb ? 2 - c : c;
    for (int ty = 0; ty < options_.height; ++ty) {
      for (int tx = 0; tx < options_.width; ++tx, ++at) {
        const int x = tx - placement_.x, y = ty - placement_.y;
        float value = options_.padding;
        if (x >= 0 && y >= 0 && x < placement_.width && y < placement_.height) {
          const auto [x0, fx] = neighbour(x, image.width, placement_.width);
          const auto [y0, fy] = neighbour(y, image.height, placement_.height);
          const float left = pixel(x0, y0, source) * (1 - fy) + pixel(x0, y0 + 1, source) * fy;
          const float right = pixel(x0 + 1, y0, source) * (1 - fy) + pixel(x0 + 1, y0 + 1, source) * fy;
          value = left * (1 - fx) + right * fx;
        }
        const auto ch = static_cast<std::size_t>(c);
        out[at] = (value - options_.mean[ch]) / options_.std[ch];
      }
    }
  }
  return {};
}

}  // namespace weir
