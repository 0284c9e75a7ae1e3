// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/geometry/box.hpp"
#include "kernels/image/image_view.hpp"

namespace weir {

/// How an image is fitted into a tensor of another shape.
enum class Fit : std::uint8_t {
  stretch,           ///< Both axes fill the tensor; the aspect ratio changes.
  letterbox,         ///< Aspect kept, image at the top left, the rest padded (YOLOX).
  letterbox_center,  ///< Aspect kept, image centred, the rest padded.
  pad,  ///< Own scale, image at the top left or behind some padding there, the rest padded; scaled down only where it
        ///< does not fit.
};

/// Where the bytes of an 8-bit tensor lie.
enum class ByteLayout : std::uint8_t {
  planar,       ///< channel, row, column (CHW)
  interleaved,  ///< row, column, channel (HWC)
};

/// What a network wants to see. `mean` and `std` are in grey levels and in the order of the output channels.
struct PreprocessOptions {
  int width = 0;   ///< of the tensor, 1 to 32768
  int height = 0;  ///< of the tensor, 1 to 32768
  Fit fit = Fit::stretch;
  bool rgb = false;     ///< true: channels leave as red, green, blue; false: as they are in the image (blue first)
  float padding = 114;  ///< grey level around a letterboxed image, normalised like a pixel
  std::array<float, 3> mean{0, 0, 0};
  std::array<float, 3> std{1, 1, 1};  ///< positive
  int left = 0, top = 0;              ///< Fit::pad: padding on these sides, from 0 to less than the tensor's side
};

/// Maps positions between an image and the tensor made of it: tensor = image * scale + offset (edges, not pixel
/// centres).
struct ImageToTensor {
  float scale_x = 1, scale_y = 1, offset_x = 0, offset_y = 0;

  Box to_tensor(const Box& b) const {
    return {b.left * scale_x + offset_x, b.top * scale_y + offset_y, b.right * scale_x + offset_x,
            b.bottom * scale_y + offset_y};
  }
  Box to_image(const Box& b) const {
    return {(b.left - offset_x) / scale_x, (b.top - offset_y) / scale_y, (b.right - offset_x) / scale_x,
            (b.bottom - offset_y) / scale_y};
  }
  /// The same mapping seen from the frame that the image was cropped from at (x, y).
  ImageToTensor from_frame(float x, float y) const {
    return {scale_x, scale_y, offset_x - x * scale_x, offset_y - y * scale_y};
  }
};

/// One fused pass from 8-bit pixels to a network's input: resize or letterbox, channel order, normalisation, planes.
///
/// Bilinear with OpenCV's INTER_LINEAR pixel-centre convention; within 0.02 grey levels of exact arithmetic. A gray8
/// image gives three equal channels before normalisation. The tables for one image size are kept; another size (a crop)
/// rebuilds them, without allocation once the largest has been seen. Thread-compatible: one plan per thread.
class PreprocessPlan {
 public:
  /// Checks the options; Code::invalid names the one that is out of range.
  static Result<PreprocessPlan> create(const PreprocessOptions& options);

  /// Takes another tensor size, 1 to 32768 a side, and for Fit::pad another padding, and keeps all else and its memory;
  /// Code::invalid names the size.
  Status resize(int width, int height, int left = 0, int top = 0);

  /// Writes 3 * height * width floats, (pixel - mean) / std, as planes. Code::invalid when the image is empty or
  /// larger than 32768 pixels a side, or when `out` has another size.
  Status run(const ImageView& image, std::span<float> out);

  /// Writes 3 * height * width bytes, rounded to nearest, without mean and std (for engines that normalise themselves).
  Status run(const ImageView& image, std::span<std::uint8_t> out, ByteLayout layout);

  /// The plain version of run(), one pixel at a time: the reference that the fast one is tested against.
  Status run_scalar(const ImageView& image, std::span<float> out);

  /// The mapping for an image of this size; needs no pixels.
  ImageToTensor geometry(int image_width, int image_height) const;

  const PreprocessOptions& options() const { return options_; }
  std::size_t elements() const { return plane() * 3; }

 private:
  struct Placement {
    int x = 0, y = 0, width = 0, height = 0;  // of the image inside the tensor
  };

  explicit PreprocessPlan(const PreprocessOptions& options);
  std::size_t plane() const;
  Placement place(int image_width, int image_height) const;
  Status prepare(const ImageView& image, std::size_t out_elements);
  const std::int16_t* blended_row(const ImageView& image, int y);
  void fill_padding(std::span<float> out) const;
  void pack_bytes(std::size_t row, std::span<std::uint8_t> out, ByteLayout layout) const;

  PreprocessOptions options_;
  std::array<float, 3> scale_{1, 1, 1};  // per output channel: value = pixel * scale + bias
  std::array<float, 3> bias_{0, 0, 0};
  int image_width_ = 0, image_height_ = 0;  // the size that the tables are for
  Placement placement_;
  std::vector<std::int32_t> column_;    // left neighbour of each tensor column, in values (3 per pixel)
  std::vector<std::int32_t> weights_;   // of its left and right neighbour, packed
  std::vector<std::int32_t> row_;       // upper neighbour of each tensor row
  std::vector<std::int16_t> fraction_;  // weight of its lower neighbour / 32768
  std::vector<std::int16_t> blended_;   // one image row between two source rows, 3 values per pixel
  std::vector<std::int16_t> gray_;      // the same before a gray row is tripled
  std::vector<float> planes_;           // one tensor row of each channel, for the 8-bit forms
};

}  // namespace weir
