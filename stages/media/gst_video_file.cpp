// SPDX-License-Identifier: Apache-2.0
#include <gst/video/video.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "stages/media/gst_support.hpp"
#include "stages/media/parts.hpp"

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

class GstVideoFile final : public VideoFile {
 public:
  Status start(const std::string& path, std::string_view key);
  Result<Step> next(Frame& frame, Duration wait) override;
  Duration time() const override { return time_; }
  Duration end_time() const override { return time_ + period_; }
  const std::string& damage() const override { return damage_; }

 private:
  // Sound and subtitles are not worth decoding.
  static gboolean wants_decoding(GstElement*, GstPad*, GstCaps* caps, gpointer) {
    const std::string_view kind = gst_structure_get_name(gst_caps_get_structure(caps, 0));
    return !kind.starts_with("audio/") && !kind.starts_with("text/") && !kind.starts_with("subpicture/");
  }
  static void on_pad(GstElement*, GstPad* pad, gpointer self) {
    auto& file = *static_cast<GstVideoFile*>(self);
    const gst::Ptr<GstPad> input(gst_element_get_static_pad(file.convert_.get(), "sink"));
    if (!gst_pad_is_linked(input.get()) && gst_pad_link(pad, input.get()) == GST_PAD_LINK_OK) file.has_video_ = true;
  }
  static void on_no_more_pads(GstElement*, gpointer self) { static_cast<GstVideoFile*>(self)->pads_known_ = true; }

  Status build(const std::string& path);
  Status preroll();
  void note_time(GstSample* sample);
  Result<Step> finish();

  std::string named_;  // "path is ..."
  gst::Ptr<GstElement> sink_;
  gst::Ptr<GstElement> convert_;
  std::atomic<bool> has_video_{false};
  std::atomic<bool> pads_known_{false};
  GstClockTime first_ = GST_CLOCK_TIME_NONE;
  Duration time_{};
  Duration period_{};
  Duration stated_{};  // length by the container; 0 = unknown
  Duration drained_{};
  bool any_ = false;
  bool is_cut_ = false;
  std::string fault_;
  std::string damage_;
  gst::Pipeline pipeline_;  // goes first, and its threads with it
};

Status GstVideoFile::build(const std::string& path) {
  if (Status status = gst::init(); !status) return status;
  auto made = gst::parse(
      "uridecodebin name=source "
      "videoconvert name=convert ! videoflip video-direction=auto ! video/x-raw,format=BGR ! "
      "appsink name=sink sync=false max-buffers=4");
  if (!made) return made.error();
  pipeline_ = *std::move(made);
  sink_ = gst::element(pipeline_.get(), "sink");
  convert_ = gst::element(pipeline_.get(), "convert");
  const gst::Ptr<GstElement> source = gst::element(pipeline_.get(), "source");
  const std::string absolute = std::filesystem::absolute(path).string();
  const std::unique_ptr<gchar, decltype(&g_free)> uri(gst_filename_to_uri(absolute.c_str(), nullptr), &g_free);
  if (!uri) return {Code::not_found, named_ + ", which cannot be written as a URI; rename the file"};
  g_object_set(source.get(), "uri", uri.get(), nullptr);
  g_signal_connect(source.get(), "autoplug-continue", G_CALLBACK(&GstVideoFile::wants_decoding), nullptr);
  g_signal_connect(source.get(), "pad-added", G_CALLBACK(&GstVideoFile::on_pad), this);
  g_signal_connect(source.get(), "no-more-pads", G_CALLBACK(&GstVideoFile::on_no_more_pads), this);
  return {};
}

Status GstVideoFile::preroll() {
  gst_element_set_state(pipeline_.get(), GST_STATE_PAUSED);
  const auto kinds = static_cast<GstMessageType>(GST_MESSAGE_ERROR | GST_MESSAGE_ASYNC_DONE | GST_MESSAGE_EOS);
  std::string why;
  bool lacks_decoder = false;
  int idle = 0;
  // decodebin can lose the error of a demuxer that fails while it is being connected; idle threads then tell.
  for (GstClockTime waited = 0; waited < kPrerollLimit && idle < kIdleLooks; waited += kLook) {
    const auto message = gst::pop_message(pipeline_.get(), kinds, kLook);
    idle = message || gst::is_streaming(pipeline_.get()) ? 0 : idle + 1;
    if (message && GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ASYNC_DONE) {
      gint64 length = 0;
      if (gst_element_query_duration(pipeline_.get(), GST_FORMAT_TIME, &length)) stated_ = Duration(length);
      gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
      return {};
    }
    if (message && GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR) {
      why = gst::error_text(message.get());
      lacks_decoder = gst::is_missing_plugin(message.get());
      break;
    }
    if (message || (pads_known_ && !has_video_)) break;
  }
  if (pads_known_ && !has_video_) {
    return {Code::unsupported, named_ + ", which holds no video that can be decoded; name a file with a video track" +
                                   (why.empty() ? "" : ". GStreamer says: " + why)};
  }
  if (lacks_decoder) {
    return {Code::unsupported,
            named_ + ", for which GStreamer has no decoder here; install the GStreamer plugins good, bad, " +
                "ugly and libav. GStreamer says: " + why};
  }
  return {Code::corrupt, named_ + ", from which no frame can be decoded; name a complete video file. GStreamer says: " +
                             (why.empty() ? "the stream stopped before its first frame" : why)};
}

// Times without a stamp follow from the frame rate.
void GstVideoFile::note_time(GstSample* sample) {
  GstVideoInfo info;
  if (gst_video_info_from_caps(&info, gst_sample_get_caps(sample)) && info.fps_n > 0) {
    period_ = Duration(static_cast<std::int64_t>(
        gst_util_uint64_scale(GST_SECOND, static_cast<guint64>(info.fps_d), static_cast<guint64>(info.fps_n))));
  }
  const GstClockTime stamp = GST_BUFFER_PTS(gst_sample_get_buffer(sample));
  const GstClockTime at = gst_segment_to_stream_time(gst_sample_get_segment(sample), GST_FORMAT_TIME, stamp);
  if (GST_CLOCK_TIME_IS_VALID(at)) {
    if (!GST_CLOCK_TIME_IS_VALID(first_)) first_ = at;
    const Duration since_first(static_cast<std::int64_t>(at) - static_cast<std::int64_t>(first_));
    if (any_ && period_ == Duration::zero()) period_ = since_first - time_;
    time_ = any_ ? std::max(time_, since_first) : Duration::zero();
  } else if (any_) {
    time_ += period_;
  }
  any_ = true;
}

Result<VideoFile::Step> GstVideoFile::finish() {
  const Duration reached = time_ + period_;
  const Duration slack =
      std::max(kEarly, Duration(static_cast<std::int64_t>(static_cast<double>(stated_.count()) * kEarlyShare)));
  if (!fault_.empty()) {
    damage_ = named_ + ": the file is damaged after " + seconds_text(reached) + " (" + fault_ +
              "); the frames up to there were used. Replace the file by a complete copy";
  } else if (stated_ > reached + slack) {
    damage_ = named_ + ": the video ends at " + seconds_text(reached) + " although the file states " +
              seconds_text(stated_) + ", so it may be cut short; the frames up to there were used";
  } else if (is_cut_) {
    damage_ = named_ + ": the file is cut short after " + seconds_text(reached) + "; the frames up to there were used";
  }
  return Step::end;
}

Status GstVideoFile::start(const std::string& path, std::string_view key) {
  named_ = std::string(key) + " is \"" + path + "\"";
  if (Status status = check_readable(path, named_); !status) return status;
  is_cut_ = is_cut_avi(path);
  if (Status status = build(path); !status) return status;
  return preroll();
}

Result<VideoFile::Step> GstVideoFile::next(Frame& frame, Duration wait) {
  if (gst::Ptr<GstSample> sample = gst::pull(sink_.get(), static_cast<GstClockTime>(wait.count()))) {
    note_time(sample.get());
    drained_ = {};
    if (Status status = gst::adopt(std::move(sample), frame); !status) return fail(status.error());
    return Step::frame;
  }
  if (const auto message = gst::pop_message(pipeline_.get(), GST_MESSAGE_ERROR, 0); message && fault_.empty()) {
    fault_ = gst::error_text(message.get());
  }
  if (gst_app_sink_is_eos(GST_APP_SINK(sink_.get()))) return finish();
  // After a fault what is still in the decoder comes out, mostly with an end mark, but not always.
  if (!fault_.empty() && (drained_ += std::max(wait, Duration(kMillisecond))) >= kDrainLimit) return finish();
  return Step::nothing_yet;
}

}  // namespace

Result<std::unique_ptr<VideoFile>> open_gst_video_file(const std::string& path, std::string_view key) {
  auto file = std::make_unique<GstVideoFile>();
  if (Status status = file->start(path, key); !status) return fail(status.error());
  return file;
}

}  // namespace weir
