// SPDX-License-Identifier: Apache-2.0
#include <gst/app/gstappsrc.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "stages/media/frame_feed.hpp"
#include "stages/media/parts.hpp"

namespace weir {
namespace {

// Fragments of a second; at the end the file becomes an ordinary one, with an index for seeking.
constexpr std::string_view kMp4 = "mp4mux fragment-duration=1000 fragment-mode=first-moov-then-finalise";
constexpr std::string_view kMkv = "matroskamux";

constexpr std::chrono::seconds kFinishLimit{20};  // for the encoder's last frames; far more than they take
constexpr double kUsualFps = 10;
constexpr double kKeyFrameSeconds = 2;

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

class GstH264File final : public H264File {
 public:
  ~GstH264File() override { (void)GstH264File::close(); }

  Status start(const H264FileOptions& options);
  Result<MutableImageView> canvas() override { return feed_->canvas(); }
  Status push(Duration time, Duration duration) override;
  Status close() override;

 private:
  // Waits until `condition` holds or writing has failed. An appsrc that blocks by itself would not wake up on an error.
  template <typename Condition>
  Status await(const Condition& condition) {
    std::unique_lock lock(progress_.mutex);
    const bool done = progress_.changed.wait_for(lock, kFinishLimit, [&] { return progress_.error || condition(); });
    if (progress_.error) return *progress_.error;
    if (!done) {
      return {Code::io, "path: \"" + progress_.path + "\": the encoder does not go on; the file may be cut short"};
    }
    return {};
  }

  Progress progress_;  // outlives the pipeline, whose threads use it
  gst::Pipeline pipeline_;
  std::optional<gst::FrameFeed> feed_;
  bool closed_ = true;  // until there is something to close
};

Status GstH264File::start(const H264FileOptions& options) {
  if (Status status = gst::init(); !status) return status;
  const double fps = options.fps > 0 ? options.fps : kUsualFps;
  const gst::EncoderOptions encoder{.quality = options.quality,
                                    .bitrate = options.bitrate,
                                    .key_frame_every = std::max(1, static_cast<int>(kKeyFrameSeconds * fps))};
  auto pipeline = gst::parse(
      "appsrc name=frames format=time max-buffers=4 max-bytes=0 ! " + gst::encoder_description(encoder) + " ! " +
      std::string(options.path.ends_with(".mkv") ? kMkv : kMp4) + " ! filesink name=file buffer-mode=unbuffered");
  if (!pipeline) return pipeline.error();

  pipeline_ = *std::move(pipeline);
  progress_.path = options.path;
  g_object_set(gst::element(pipeline_.get(), "file").get(), "location", options.path.c_str(), nullptr);
  const gst::Ptr<GstBus> bus(gst_element_get_bus(pipeline_.get()));
  gst_bus_set_sync_handler(bus.get(), on_message, &progress_, nullptr);
  gst::Ptr<GstElement> appsrc = gst::element(pipeline_.get(), "frames");
  GstAppSrcCallbacks callbacks{};
  callbacks.need_data = on_need_data;
  callbacks.enough_data = on_enough_data;
  gst_app_src_set_callbacks(GST_APP_SRC(appsrc.get()), &callbacks, &progress_, nullptr);
  auto feed = gst::FrameFeed::create(std::move(appsrc), options.size, options.fps);
  if (!feed) return feed.error();
  feed_.emplace(*std::move(feed));
  if (gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) {
    const Status status = await([] { return true; });
    if (!status) return status;
    return {Code::io, "path: cannot write \"" + options.path + "\"; name a file that may be written"};
  }
  closed_ = false;
  return {};
}

Status GstH264File::push(Duration time, Duration duration) {
  if (Status status = await([&] { return progress_.room; }); !status) return status;
  const GstFlowReturn flow =
      feed_->push(static_cast<GstClockTime>(time.count()), static_cast<GstClockTime>(duration.count()));
  if (flow == GST_FLOW_OK) return {};
  // The flow stops a moment before the reason arrives.
  return await([] { return false; });
}

Status GstH264File::close() {
  if (std::exchange(closed_, true)) return {};
  gst_app_src_end_of_stream(GST_APP_SRC(gst::element(pipeline_.get(), "frames").get()));
  Status status = await([&] { return progress_.ended; });
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);  // without the mutex: its threads may be reporting
  return status;
}

}  // namespace

Result<std::unique_ptr<H264File>> create_gst_h264_file(const H264FileOptions& options) {
  auto file = std::make_unique<GstH264File>();
  if (Status status = file->start(options); !status) return fail(status.error());
  return file;
}

}  // namespace weir
