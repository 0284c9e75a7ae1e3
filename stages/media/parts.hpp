// SPDX-License-Identifier: Apache-2.0
// What the media module holds: everything that needs GStreamer or OpenCV's drawing. The functions are described at the
// interfaces they make.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "stages/coding/intra_video.hpp"
#include "stages/coding/stream_video.hpp"
#include "stages/ingest/live_feed.hpp"
#include "stages/ingest/video_file.hpp"
#include "stages/sink/annotate.hpp"
#include "stages/sink/h264_file.hpp"
#include "stages/sink/rtsp_server.hpp"

namespace weir {

Result<std::unique_ptr<VideoFile>> open_gst_video_file(const std::string& path, std::string_view key);
Result<std::unique_ptr<LiveFeed>> make_gst_live_feed(FeedOptions options, Clock& clock);
Result<std::unique_ptr<H264File>> create_gst_h264_file(const H264FileOptions& options);
Result<std::unique_ptr<RtspServer>> start_gst_rtsp_server(const RtspServerOptions& options,
                                                          std::span<const std::string> paths);
std::unique_ptr<Annotator> make_cv_annotator(DrawOptions options);
Result<std::unique_ptr<IntraVideoEncoder>> make_gst_intra_encoder(int rate_factor);
Result<std::unique_ptr<IntraVideoDecoder>> make_gst_intra_decoder();
Result<std::unique_ptr<StreamVideoEncoder>> make_gst_stream_encoder(int width, int height, int rate_factor);

/// These functions, as the module gives them.
struct MediaParts {
  decltype(&open_gst_video_file) open_video_file = nullptr;
  decltype(&make_gst_live_feed) make_live_feed = nullptr;
  decltype(&create_gst_h264_file) create_h264_file = nullptr;
  decltype(&start_gst_rtsp_server) start_rtsp_server = nullptr;
  decltype(&make_cv_annotator) make_annotator = nullptr;
  decltype(&make_gst_intra_encoder) make_intra_encoder = nullptr;
  decltype(&make_gst_intra_decoder) make_intra_decoder = nullptr;
  decltype(&make_gst_stream_encoder) make_stream_encoder = nullptr;
};
using GetMediaParts = void(MediaParts& parts);

}  // namespace weir

extern "C" weir::GetMediaParts weir_media_parts;
