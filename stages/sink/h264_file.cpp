// SPDX-License-Identifier: Apache-2.0
#include "stages/sink/h264_file.hpp"

#include <gst/app/gstappsrc.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "stages/sink/frame_feed.hpp"
#include "stages/sink/output_file.hpp"

namespace weir {
namespace {

// Fragments of a second; at the end the file becomes an ordinary one, with an index for seeking.
constexpr std::string_view kMp4 = "mp4mux fragment-duration=1000 fragment-mode=first-moov-then-finalise";
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kMuxers{
    {{".mp4", kMp4}, {".m4v", kMp4}, {".mov", kMp4}, {".mkv", "matroskamux"}}};

constexpr std::chrono::seconds kFinishLimit{20};  // for the encoder's last frames; far more than they take
constexpr double kUsualFps = 10;
constexpr double kKeyFrameSeconds = 2;

std::string_view muxer_for(const std::string& path) {
  const std::string ending = std::filesystem::path(path).extension().string();
  for (const auto& [known, muxer] : kMuxers) {
    if (known == ending) return muxer;
  }
  return {};
}

// What GStreamer's threads tell the writing thread.
struct Progress {
  std::mutex mutex;
  std::condition_variable changed;
  bool room = true;
  bool ended = false;
  std::optional<Error> error;
  std::string path;

  template <typename Change>
  void set(const Change& change) {
    {
      const std::lock_guard lock(mutex);
      change();
    }
    changed.notify_all();
  }
};

Error write_error(GstMessage* message, const std::string& path) {
  GError* raised = nullptr;
  gst_message_parse_error(message, &raised, nullptr);
  const gst::Ptr<GError> error(raised);
  const bool full = g_error_matches(error.get(), GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT) != 0;
  return {Code::io, "path: cannot write \"" + path + "\": " +
                        (full ? "no space left on device; what is there plays up to its end; free space there or name "
                                "another path"
                              : gst::error_text(message) + "; name a file that may be written")};
}

GstBusSyncReply on_message(GstBus*, GstMessage* message, gpointer user) {
  auto& progress = *static_cast<Progress*>(user);
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS) {
    progress.set([&] { progress.ended = true; });
  } else if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    Error error = write_error(message, progress.path);
    progress.set([&] {
      if (!progress.error) progress.error = std::move(error);
    });
  }
  gst_message_unref(message);
  return GST_BUS_DROP;
}

void on_need_data(GstAppSrc*, guint, gpointer user) {
  auto& progress = *static_cast<Progress*>(user);
  progress.set([&] { progress.room = true; });
}

// Called inside push, by the writing thread.
void on_enough_data(GstAppSrc*, gpointer user) {
  auto& progress = *static_cast<Progress*>(user);
  progress.set([&] { progress.room = false; });
}

}  // namespace

struct H264File::Impl {
  Progress progress;  // outlives the pipeline, whose threads use it
  gst::Pipeline pipeline;
  std::optional<gst::FrameFeed> feed;
  bool closed = false;

  // Waits until `condition` holds or writing has failed. An appsrc that blocks by itself would not wake up on an error.
  template <typename Condition>
  Status await(const Condition& condition) {
    std::unique_lock lock(progress.mutex);
    const bool done = progress.changed.wait_for(lock, kFinishLimit, [&] { return progress.error || condition(); });
    if (progress.error) return *progress.error;
    if (!done)
      return {Code::io, "path: \"" + progress.path + "\": the encoder does not go on; the file may be cut short"};
    return {};
  }
};

H264File::H264File() : impl_(std::make_unique<Impl>()) {}

H264File::~H264File() {
  if (!impl_->closed) (void)close();
}

Status H264File::check_ending(const std::string& path) {
  if (!muxer_for(path).empty()) return {};
  return {Code::invalid,
          "path: \"" + path + "\" does not end in .mp4, .m4v, .mov or .mkv; the ending chooses the format"};
}

Result<std::unique_ptr<H264File>> H264File::create(const H264FileOptions& options) {
  if (Status status = gst::init(); !status) return fail(status.error());
  if (Status status = check_ending(options.path); !status) return fail(status.error());
  if (Status status = make_parent_folders(options.path, "path"); !status) return fail(status.error());
  const double fps = options.fps > 0 ? options.fps : kUsualFps;
  const gst::EncoderOptions encoder{.quality = options.quality,
                                    .bitrate = options.bitrate,
                                    .key_frame_every = std::max(1, static_cast<int>(kKeyFrameSeconds * fps))};
  auto pipeline =
      gst::parse("appsrc name=frames format=time max-buffers=4 max-bytes=0 ! " + gst::encoder_description(encoder) +
                 " ! " + std::string(muxer_for(options.path)) + " ! filesink name=file buffer-mode=unbuffered");
  if (!pipeline) return fail(pipeline.error());

  std::unique_ptr<H264File> file(new H264File);
  Impl& my = *file->impl_;
  my.pipeline = *std::move(pipeline);
  my.progress.path = options.path;
  g_object_set(gst::element(my.pipeline.get(), "file").get(), "location", options.path.c_str(), nullptr);
  const gst::Ptr<GstBus> bus(gst_element_get_bus(my.pipeline.get()));
  gst_bus_set_sync_handler(bus.get(), on_message, &my.progress, nullptr);
  gst::Ptr<GstElement> appsrc = gst::element(my.pipeline.get(), "frames");
  GstAppSrcCallbacks callbacks{};
  callbacks.need_data = on_need_data;
  callbacks.enough_data = on_enough_data;
  gst_app_src_set_callbacks(GST_APP_SRC(appsrc.get()), &callbacks, &my.progress, nullptr);
  auto feed = gst::FrameFeed::create(std::move(appsrc), options.size, options.fps);
  if (!feed) return fail(feed.error());
  my.feed.emplace(*std::move(feed));
  if (gst_element_set_state(my.pipeline.get(), GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) {
    my.closed = true;
    Status status = my.await([] { return true; });
    return fail(status ? Error{Code::io, "path: cannot write \"" + options.path + "\"; name a file that may be written"}
                       : status.error());
  }
  return file;
}

Result<MutableImageView> H264File::canvas() { return impl_->feed->canvas(); }

Status H264File::push(Duration time, Duration duration) {
  if (Status status = impl_->await([&] { return impl_->progress.room; }); !status) return status;
  const GstFlowReturn flow =
      impl_->feed->push(static_cast<GstClockTime>(time.count()), static_cast<GstClockTime>(duration.count()));
  if (flow == GST_FLOW_OK) return {};
  // The flow stops a moment before the reason arrives.
  return impl_->await([] { return false; });
}

Status H264File::close() {
  if (std::exchange(impl_->closed, true)) return {};
  gst_app_src_end_of_stream(GST_APP_SRC(gst::element(impl_->pipeline.get(), "frames").get()));
  Status status = impl_->await([&] { return impl_->progress.ended; });
  gst_element_set_state(impl_->pipeline.get(), GST_STATE_NULL);  // without the mutex: its threads may be reporting
  return status;
}

}  // namespace weir
