// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "kernels/detect/detection.hpp"
#include "kernels/image/image_view.hpp"
#include "pipeline/packet.hpp"

namespace weir {

/// One video frame: decoded pixels, owned by the frame itself or by what it was decoded from, and its truth if known.
/// Thread-compatible. A copy has pixels of its own where the original owns them, and shares adopted ones.
struct Frame {
  Frame() = default;
  Frame(const Frame& other);
  Frame& operator=(const Frame& other) { return *this = Frame(other); }
  Frame(Frame&&) = default;
  Frame& operator=(Frame&&) = default;
  ~Frame() = default;

  ImageView image;
  std::vector<TruthBox> truth;  ///< labelled objects; meaningful only if has_truth
  bool has_truth = false;

  /// Own pixels of the given size for writing; a recycled frame reuses its memory.
  MutableImageView allocate(int width, int height, PixelFormat format);

  /// Pixels that belong to `keeper`, shared and not copied.
  void adopt(ImageView view, std::shared_ptr<const void> keeper);

  void clear();

 private:
  std::vector<std::uint8_t> pixels_;
  std::shared_ptr<const void> keeper_;
};

/// Boxes a model found in one frame, in pixels of the original frame.
struct Detections {
  std::vector<Detection> items;
  ClassNamesPtr classes;  ///< never null once published
  int frame_width = 0;
  int frame_height = 0;
  void clear();
};

/// Objects followed over frames, in pixels of the original frame.
struct Tracks {
  std::vector<Track> items;
  ClassNamesPtr classes;
  int frame_width = 0;
  int frame_height = 0;
  void clear();
};

/// A region proposal: where an object is expected, and how sure that is.
struct Region {
  Box box;
  std::int32_t class_id = 0;
  std::int64_t track_id = 0;
  std::array<float, 4> sigma{};  ///< standard deviation of left, top, right, bottom in pixels
};

/// Region proposals (RPs) for one frame.
struct Regions {
  std::vector<Region> items;
  void clear() { items.clear(); }
};

template <>
struct PayloadTraits<Frame> {
  static constexpr std::string_view name = "Frame";
};
template <>
struct PayloadTraits<Detections> {
  static constexpr std::string_view name = "Detections";
};
template <>
struct PayloadTraits<Tracks> {
  static constexpr std::string_view name = "Tracks";
};
template <>
struct PayloadTraits<Regions> {
  static constexpr std::string_view name = "Regions";
};

}  // namespace weir
