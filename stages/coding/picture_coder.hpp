// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <tuple>
#include <vector>

#include "kernels/control/ladder.hpp"
#include "pipeline/parts/frame_decoder.hpp"
#include "stages/coding/intra_video.hpp"
#include "stages/coding/part_encoder.hpp"
#include "stages/coding/stream_video.hpp"

namespace weir {

/// Encodes the pictures of one stream for the picture rungs of a ladder, all of one size. H.264 is a video of its own
/// for each quality, whose pictures refer to the one before. Bound to one thread at a time.
class PictureEncoder {
 public:
  PictureEncoder(int width, int height) : width_(width), height_(height) {}

  /// The bytes of a picture in place of what `out` held; BGR pixels without gaps between rows. `quality` 1 to 100 as
  /// for PartEncoder; raw has none. Code::invalid for features, another size, or a quality out of range.
  Status encode(const ImageView& image, RungKind kind, int quality, std::vector<std::uint8_t>& out);

  /// A picture did not arrive: the next one of each video does without those before it.
  void lost();

 private:
  struct Video {
    std::unique_ptr<StreamVideoEncoder> encoder;
    std::uint32_t sent = 0;
    bool key = true;
  };

  Status encode_video(const ImageView& image, int quality, std::vector<std::uint8_t>& out);
  Status encode_still(const ImageView& image, ImageEncoding encoding, int quality, std::vector<std::uint8_t>& out);

  const int width_, height_;
  std::map<int, Video> videos_;                                                   // by quality
  std::map<std::pair<ImageEncoding, int>, std::unique_ptr<PartEncoder>> stills_;  // by encoding and quality
  std::vector<std::uint8_t> unit_;
};

/// Decodes what a PictureEncoder made. Bound to one thread at a time.
class PictureDecoder {
 public:
  PictureDecoder();

  /// The picture of `width` x `height` pixels. Code::corrupt for bytes that are none, Code::unavailable for a picture
  /// that refers to one that did not come: the sender has to be told.
  Status decode(std::span<const std::uint8_t> bytes, RungKind kind, int width, int height, Frame& to);

 private:
  struct Video {
    std::unique_ptr<IntraVideoDecoder> decoder;
    std::uint32_t next = 0;
  };

  Status decode_video(std::span<const std::uint8_t> bytes, int width, int height, Frame& to);

  std::unique_ptr<FrameDecoder> stills_;
  std::map<std::tuple<int, int, int>, Video> videos_;  // by quality, width and height
};

}  // namespace weir
