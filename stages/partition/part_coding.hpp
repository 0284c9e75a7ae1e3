// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/stage.hpp"
#include "stages/partition/part_images.hpp"

namespace weir {

/// What the stages that cut frames share: what they put out, and how parts travel.
struct PartCoding {
  static constexpr Param<std::string> codec{
      {.name = "codec",
       .help = "how parts travel: raw pixels, or each part by itself as JPEG, WebP or an H.264 key frame; grey frames "
               "stay raw",
       .choices = "raw|jpeg|webp|h264"},
      "raw"};
  static constexpr Param<std::int64_t> quality{
      {.name = "quality", .help = "of the codec, as JPEG counts it; 100 is best", .min = 1, .max = 100},
      std::int64_t{90}};

  /// The parts to fill for a frame, its size told.
  static Parts& emit_parts(Context& cx, const Out<Parts>& port, const ImageView& image) {
    Parts& out = cx.emit(port);
    out.frame_width = image.width;
    out.frame_height = image.height;
    return out;
  }

  /// Makes the images encode; Code::unavailable or Code::unsupported when the codec is not installed.
  static Status apply(OpenContext& cx, PartImages& images) {
    return images.encode_as(*image_encoding_named(cx.param(codec)), static_cast<int>(cx.param(quality)));
  }
};

}  // namespace weir
