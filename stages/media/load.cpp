// SPDX-License-Identifier: Apache-2.0
// The media module, loaded by the first stage that opens a video, a camera or a drawing.
#include <utility>

#include "engine/module.hpp"
#include "stages/media/parts.hpp"

namespace weir {
namespace {

Result<MediaParts> load() {
  const auto get = load_from_module<GetMediaParts>("the video parts", "weir_media", "weir_media_parts");
  if (!get) return fail(get.error());
  MediaParts parts;
  (*get)(parts);
  return parts;
}

const Result<MediaParts>& media() {
  static const Result<MediaParts> parts = load();
  return parts;
}

}  // namespace

Result<std::unique_ptr<VideoFile>> VideoFile::open(const std::string& path, std::string_view key) {
  if (!media()) return fail(media().error());
  return media()->open_video_file(path, key);
}

Result<std::unique_ptr<LiveFeed>> LiveFeed::create(FeedOptions options, Clock& clock) {
  if (!media()) return fail(media().error());
  return media()->make_live_feed(std::move(options), clock);
}

Result<std::unique_ptr<H264File>> H264File::create(const H264FileOptions& options) {
  if (!media()) return fail(media().error());
  return media()->create_h264_file(options);
}

Result<std::unique_ptr<RtspServer>> RtspServer::start(const RtspServerOptions& options,
                                                      std::span<const std::string> paths) {
  if (!media()) return fail(media().error());
  return media()->start_rtsp_server(options, paths);
}

Result<std::unique_ptr<Annotator>> Annotator::create(DrawOptions options) {
  if (!media()) return fail(media().error());
  return media()->make_annotator(options);
}

Result<std::unique_ptr<IntraVideoEncoder>> IntraVideoEncoder::create(int rate_factor) {
  if (!media()) return fail(media().error());
  return media()->make_intra_encoder(rate_factor);
}

Result<std::unique_ptr<IntraVideoDecoder>> IntraVideoDecoder::create() {
  if (!media()) return fail(media().error());
  return media()->make_intra_decoder();
}

Result<std::unique_ptr<StreamVideoEncoder>> StreamVideoEncoder::create(int width, int height, int rate_factor) {
  if (!media()) return fail(media().error());
  return media()->make_stream_encoder(width, height, rate_factor);
}

}  // namespace weir
