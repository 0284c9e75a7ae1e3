// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "kernels/detect/detection.hpp"
#include "kernels/image/image_view.hpp"
#include "pipeline/packet.hpp"
#include "pipeline/reason.hpp"

namespace weir {

/// How the pixels of a frame are stored.
enum class ImageEncoding : std::uint8_t { raw, jpeg, webp, h264 };

std::string_view to_string(ImageEncoding encoding);
std::optional<ImageEncoding> image_encoding_named(std::string_view name);

/// One video frame: decoded pixels, owned by the frame itself or by what it was decoded from, and its truth if known.
/// Thread-compatible. A copy has pixels of its own where the original owns them, and shares adopted ones.
struct Frame {
  Frame() = default;
  Frame(const Frame& other);
  Frame& operator=(const Frame& other) { return *this = Frame(other); }
  Frame(Frame&&) = default;
  Frame& operator=(Frame&&) = default;
  ~Frame() = default;

  ImageView image;  ///< its pixels; where still encoded, its size and format alone
  ImageEncoding encoding = ImageEncoding::raw;
  std::span<const std::uint8_t> encoded;  ///< the bytes, unless raw: one picture, or for h264 one access unit
  int origin_x = 0, origin_y = 0;  ///< where it was cut from a larger frame, in that one's pixels; 0 when it was not
  std::vector<TruthBox> truth;     ///< labelled objects; meaningful only if has_truth
  bool has_truth = false;

  /// Own pixels of the given size for writing; a recycled frame reuses its memory.
  MutableImageView allocate(int width, int height, PixelFormat format);

  /// Pixels that belong to `keeper`, shared and not copied.
  void adopt(ImageView view, std::shared_ptr<const void> keeper);

  /// An encoded picture whose bytes belong to `keeper`. Stages get it decoded.
  void adopt_encoded(ImageEncoding as, std::span<const std::uint8_t> bytes, int width, int height, PixelFormat format,
                     std::shared_ptr<const void> keeper);

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
  std::array<float, 4> sigma{};   ///< standard deviation of left, top, right, bottom in pixels
  std::array<float, 4> margin{};  ///< by how many pixels to widen each side so that 99 % of objects are wholly inside
};

/// Region proposals (RPs) for one frame.
struct Regions {
  std::vector<Region> items;
  void clear() { items.clear(); }
};

/// What a part shows of its frame.
enum class PartKind : std::uint8_t {
  crop,            ///< some of it, for this frame's answer
  whole,           ///< all of it, for this frame's answer
  low_resolution,  ///< all of it, scaled down, to find new objects (LRC); its answer may join that of a later frame
};

/// One piece of work cut from a frame.
struct Part {
  Box area;  ///< what it shows, in whole pixels of the frame
  PartKind kind = PartKind::crop;
  Packet image;  ///< a Frame: the pixels of `area`, at the frame's resolution or scaled down; maybe still encoded
};

/// The parts of one frame, those that take longest first. None: nothing is expected in the frame.
struct Parts {
  std::vector<Part> items;
  int frame_width = 0;
  int frame_height = 0;
  void clear();
};

/// How the request of one part ended (runtime semantics, section 5).
enum class PartStatus : std::uint8_t { ok, expired, nack, lost };

/// What became of one part.
struct PartAnswer {
  Box area;                   ///< what the part showed, in pixels of its frame
  int width = 0, height = 0;  ///< of the image that was worked on, in pixels
  PartKind kind = PartKind::crop;
  PartStatus status = PartStatus::lost;
  Reason reason;             ///< unless ok
  Packet answer;             ///< what the stage put out for the image alone, in pixels of the image; empty unless ok
  std::uint64_t frame = 0;   ///< whose part it is: an earlier one where a low-resolution answer came late
  std::int32_t worker = -1;  ///< that answered; -1: this process
  std::size_t bytes = 0;     ///< of the request
  Duration service{};        ///< time that the worker had it
  Duration elapsed{};        ///< from asking to the answer
};

/// The answers to the parts of one frame, in the order of the parts; answers to earlier low-resolution parts that came
/// meanwhile follow them.
struct PartAnswers {
  std::vector<PartAnswer> items;
  int frame_width = 0;
  int frame_height = 0;
  void clear();
};

template <>
struct PayloadTraits<Parts> {
  static constexpr std::string_view name = "Parts";
};
template <>
struct PayloadTraits<PartAnswers> {
  static constexpr std::string_view name = "PartAnswers";
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
