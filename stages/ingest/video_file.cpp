// SPDX-License-Identifier: Apache-2.0
#include "stages/ingest/video_file.hpp"

#include <gst/video/video.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "stages/ingest/gst_support.hpp"

namespace weir {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr GstClockTime kPrerollLimit = 30 * GST_SECOND;
constexpr GstClockTime kLook = 100 * GST_MSECOND;
constexpr int kIdleLooks = 5;
constexpr Duration kDrainLimit = std::chrono::seconds(2);
constexpr double kEarlyShare = 0.02;  // a container may state a length a little longer than its video
constexpr Duration kEarly = std::chrono::milliseconds(500);

std::string seconds_text(Duration time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f s", static_cast<double>(time.count()) * 1e-9);
  return text;
}

Status check_readable(const std::string& path, const std::string& named) {
  std::error_code unknown;
  if (!std::filesystem::exists(path, unknown)) {
    return {Code::not_found, named + ", and there is no such file; name a video file"};
  }
  if (std::filesystem::is_directory(path, unknown)) {
    return {Code::not_found,
            named + ", which is a folder; name a video file, or use ingest.images for a folder of images"};
  }
  if (!std::ifstream(path)) return {Code::not_found, named + ", which cannot be opened; check its permissions"};
  return {};
}

// An AVI file states its own length; GStreamer plays a shorter one without a word.
bool is_cut_avi(const std::string& path) {
  std::array<unsigned char, 8> head{};
  std::ifstream(path, std::ios::binary).read(reinterpret_cast<char*>(head.data()), head.size());
  if (std::string_view(reinterpret_cast<const char*>(head.data()), 4) != "RIFF") return false;
  const std::uintmax_t stated = 8 + (head[4] | head[5] << 8U | head[6] << 16U | std::uintmax_t{head[7]} << 24U);
  std::error_code unknown;
  return stated > std::filesystem::file_size(path, unknown);
}

}  // namespace

struct VideoFile::Impl {
  std::string named;  // "path is ..."
  gst::Ptr<GstElement> sink;
  gst::Ptr<GstElement> convert;
  std::atomic<bool> has_video{false};
  std::atomic<bool> pads_known{false};
  GstClockTime first = GST_CLOCK_TIME_NONE;
  Duration time{};
  Duration period{};
  Duration stated{};  // length by the container; 0 = unknown
  Duration drained{};
  bool any = false;
  bool is_cut = false;
  std::string fault;
  std::string damage;
  gst::Pipeline pipeline;  // goes first, and its threads with it

  // Sound and subtitles are not worth decoding.
  static gboolean wants_decoding(GstElement*, GstPad*, GstCaps* caps, gpointer) {
    const std::string_view kind = gst_structure_get_name(gst_caps_get_structure(caps, 0));
    return !kind.starts_with("audio/") && !kind.starts_with("text/") && !kind.starts_with("subpicture/");
  }
  static void on_pad(GstElement*, GstPad* pad, gpointer self) {
    auto& impl = *static_cast<Impl*>(self);
    const gst::Ptr<GstPad> input(gst_element_get_static_pad(impl.convert.get(), "sink"));
    if (!gst_pad_is_linked(input.get()) && gst_pad_link(pad, input.get()) == GST_PAD_LINK_OK) impl.has_video = true;
  }
  static void on_no_more_pads(GstElement*, gpointer self) { static_cast<Impl*>(self)->pads_known = true; }

  Status build(const std::string& path);
  Status preroll();
  void note_time(GstSample* sample);
  Result<Step> finish();
};

Status VideoFile::Impl::build(const std::string& path) {
  if (Status status = gst::init(); !status) return status;
  auto made = gst::parse(
      "uridecodebin name=source "
      "videoconvert name=convert ! videoflip video-direction=auto ! video/x-raw,format=BGR ! "
      "appsink name=sink sync=false max-buffers=4");
  if (!made) return made.error();
  pipeline = *std::move(made);
  sink = gst::element(pipeline.get(), "sink");
  convert = gst::element(pipeline.get(), "convert");
  const gst::Ptr<GstElement> source = gst::element(pipeline.get(), "source");
  const std::string absolute = std::filesystem::absolute(path).string();
  const std::unique_ptr<gchar, decltype(&g_free)> uri(gst_filename_to_uri(absolute.c_str(), nullptr), &g_free);
  if (!uri) return {Code::not_found, named + ", which cannot be written as a URI; rename the file"};
  g_object_set(source.get(), "uri", uri.get(), nullptr);
  g_signal_connect(source.get(), "autoplug-continue", G_CALLBACK(&Impl::wants_decoding), nullptr);
  g_signal_connect(source.get(), "pad-added", G_CALLBACK(&Impl::on_pad), this);
  g_signal_connect(source.get(), "no-more-pads", G_CALLBACK(&Impl::on_no_more_pads), this);
  return {};
}

Status VideoFile::Impl::preroll() {
  gst_element_set_state(pipeline.get(), GST_STATE_PAUSED);
  const auto kinds = static_cast<GstMessageType>(GST_MESSAGE_ERROR | GST_MESSAGE_ASYNC_DONE | GST_MESSAGE_EOS);
  std::string why;
  bool lacks_decoder = false;
  int idle = 0;
  // decodebin can lose the error of a demuxer that fails while it is being connected; idle threads then tell.
  for (GstClockTime waited = 0; waited < kPrerollLimit && idle < kIdleLooks; waited += kLook) {
    const auto message = gst::pop_message(pipeline.get(), kinds, kLook);
    idle = message || gst::is_streaming(pipeline.get()) ? 0 : idle + 1;
    if (message && GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ASYNC_DONE) {
      gint64 length = 0;
      if (gst_element_query_duration(pipeline.get(), GST_FORMAT_TIME, &length)) stated = Duration(length);
      gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
      return {};
    }
    if (message && GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR) {
      why = gst::error_text(message.get());
      lacks_decoder = gst::is_missing_plugin(message.get());
      break;
    }
    if (message || (pads_known && !has_video)) break;
  }
  if (pads_known && !has_video) {
    return {Code::unsupported, named + ", which holds no video that can be decoded; name a file with a video track" +
                                   (why.empty() ? "" : ". GStreamer says: " + why)};
  }
  if (lacks_decoder) {
    return {Code::unsupported,
            named + ", for which GStreamer has no decoder here; install the GStreamer plugins good, bad, " +
                "ugly and libav. GStreamer says: " + why};
  }
  return {Code::corrupt, named + ", from which no frame can be decoded; name a complete video file. GStreamer says: " +
                             (why.empty() ? "the stream stopped before its first frame" : why)};
}

// Times without a stamp follow from the frame rate.
void VideoFile::Impl::note_time(GstSample* sample) {
  GstVideoInfo info;
  if (gst_video_info_from_caps(&info, gst_sample_get_caps(sample)) && info.fps_n > 0) {
    period = Duration(static_cast<std::int64_t>(
        gst_util_uint64_scale(GST_SECOND, static_cast<guint64>(info.fps_d), static_cast<guint64>(info.fps_n))));
  }
  const GstClockTime stamp = GST_BUFFER_PTS(gst_sample_get_buffer(sample));
  const GstClockTime at = gst_segment_to_stream_time(gst_sample_get_segment(sample), GST_FORMAT_TIME, stamp);
  if (GST_CLOCK_TIME_IS_VALID(at)) {
    if (!GST_CLOCK_TIME_IS_VALID(first)) first = at;
    const Duration since_first(static_cast<std::int64_t>(at) - static_cast<std::int64_t>(first));
    if (any && period == Duration::zero()) period = since_first - time;
    time = any ? std::max(time, since_first) : Duration::zero();
  } else if (any) {
    time += period;
  }
  any = true;
}

Result<VideoFile::Step> VideoFile::Impl::finish() {
  const Duration reached = time + period;
  const Duration slack =
      std::max(kEarly, Duration(static_cast<std::int64_t>(static_cast<double>(stated.count()) * kEarlyShare)));
  if (!fault.empty()) {
    damage = named + ": the file is damaged after " + seconds_text(reached) + " (" + fault +
             "); the frames up to there were used. Replace the file by a complete copy";
  } else if (stated > reached + slack) {
    damage = named + ": the video ends at " + seconds_text(reached) + " although the file states " +
             seconds_text(stated) + ", so it may be cut short; the frames up to there were used";
  } else if (is_cut) {
    damage = named + ": the file is cut short after " + seconds_text(reached) + "; the frames up to there were used";
  }
  return Step::end;
}

VideoFile::VideoFile() : impl_(std::make_unique<Impl>()) {}
VideoFile::~VideoFile() = default;

Result<std::unique_ptr<VideoFile>> VideoFile::open(const std::string& path, std::string_view key) {
  std::unique_ptr<VideoFile> file(new VideoFile);
  Impl& impl = *file->impl_;
  impl.named = std::string(key) + " is \"" + path + "\"";
  if (Status status = check_readable(path, impl.named); !status) return fail(status.error());
  impl.is_cut = is_cut_avi(path);
  if (Status status = impl.build(path); !status) return fail(status.error());
  if (Status status = impl.preroll(); !status) return fail(status.error());
  return file;
}

Result<VideoFile::Step> VideoFile::next(Frame& frame, Duration wait) {
  Impl& impl = *impl_;
  if (gst::Ptr<GstSample> sample = gst::pull(impl.sink.get(), static_cast<GstClockTime>(wait.count()))) {
    impl.note_time(sample.get());
    impl.drained = {};
    if (Status status = gst::adopt(std::move(sample), frame); !status) return fail(status.error());
    return Step::frame;
  }
  if (const auto message = gst::pop_message(impl.pipeline.get(), GST_MESSAGE_ERROR, 0); message && impl.fault.empty()) {
    impl.fault = gst::error_text(message.get());
  }
  if (gst_app_sink_is_eos(GST_APP_SINK(impl.sink.get()))) return impl.finish();
  // After a fault what is still in the decoder comes out, mostly with an end mark, but not always.
  if (!impl.fault.empty() && (impl.drained += std::max(wait, Duration(kMillisecond))) >= kDrainLimit)
    return impl.finish();
  return Step::nothing_yet;
}

Duration VideoFile::time() const { return impl_->time; }
Duration VideoFile::end_time() const { return impl_->time + impl_->period; }
const std::string& VideoFile::damage() const { return impl_->damage; }

}  // namespace weir
