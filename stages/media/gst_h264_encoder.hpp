// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "stages/media/frame_feed.hpp"
#include "stages/media/gst_support.hpp"

namespace weir {

/// A fixed rate for pictures that come one by one: x264 holds a frame back where frames come at varying times.
inline constexpr int kPictureFps = 25;
inline constexpr GstClockTime kPicturePeriod = GST_SECOND / kPictureFps;

/// `what`, with the error that the pipeline reports, if it does.
Status gst_failure(GstElement* pipeline, Code code, const std::string& what);

/// Encodes pictures of one size as H.264, each at once. Bound to one thread at a time.
class GstH264Encoder {
 public:
  /// `rate_factor` 0 (best) to 50; a key frame every so many pictures at least.
  static Result<GstH264Encoder> create(CanvasSize size, int rate_factor, int key_frame_every);

  CanvasSize size() const { return feed_->size(); }

  /// The access unit of a picture, in place of what `out` held; BGR pixels, filled up to the encoder's size. `key`: it
  /// can be decoded without those before it.
  Status encode(const ImageView& image, bool key, std::vector<std::uint8_t>& out);

 private:
  gst::Pipeline pipeline_;
  gst::Ptr<GstElement> sink_;
  std::optional<gst::FrameFeed> feed_;
  std::uint64_t pictures_ = 0;
};

}  // namespace weir
