// SPDX-License-Identifier: Apache-2.0
#include <gst/rtsp-server/rtsp-server.h>

#include <chrono>
#include <future>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "stages/media/frame_feed.hpp"
#include "stages/media/parts.hpp"

namespace weir {
namespace {

constexpr guint kMaxSessions = 32;
constexpr guint kCleanupSeconds = 5;
constexpr std::chrono::milliseconds kLook(20);  // how often the end of the server looks for viewers who hold it up
constexpr int kKeyFrameEvery = 20;              // frames: a new viewer waits at most so long for a picture

struct UnrefObject {
  void operator()(gpointer object) const { g_object_unref(object); }
  void operator()(GMainContext* context) const { g_main_context_unref(context); }
  void operator()(GMainLoop* loop) const { g_main_loop_unref(loop); }
  void operator()(GSource* source) const {
    g_source_destroy(source);
    g_source_unref(source);
  }
};
template <typename T>
using Object = std::unique_ptr<T, UnrefObject>;

// The appsrc of one path, there while somebody watches: set by the server's threads, fed by the stage's.
struct Mount {
  std::mutex mutex;
  GstRTSPMedia* media = nullptr;  // only compared
  gst::Ptr<GstElement> appsrc;
  std::uint64_t generation = 0;  // counts the appsrcs
};
using SharedMount = std::shared_ptr<Mount>;

// A signal may come after the server is gone, so each handler keeps the mount alive.
void connect(gpointer object, const char* signal, GCallback handler, const SharedMount& mount) {
  g_signal_connect_data(
      object, signal, handler, new SharedMount(mount),
      [](gpointer user, GClosure*) { delete static_cast<SharedMount*>(user); }, GConnectFlags{});
}

void on_unprepared(GstRTSPMedia* media, gpointer user) {
  Mount& mount = **static_cast<SharedMount*>(user);
  const std::lock_guard lock(mount.mutex);
  if (mount.media == media) mount.appsrc.reset();
}

void on_media_configure(GstRTSPMediaFactory*, GstRTSPMedia* media, gpointer user) {
  const SharedMount& mount = *static_cast<SharedMount*>(user);
  const gst::Ptr<GstElement> bin(gst_rtsp_media_get_element(media));
  connect(media, "unprepared", G_CALLBACK(on_unprepared), mount);
  const std::lock_guard lock(mount->mutex);
  mount->media = media;
  mount->appsrc.reset(gst_bin_get_by_name_recurse_up(GST_BIN(bin.get()), "frames"));
  ++mount->generation;
}

// Whether the appsrc takes frames. Before it plays it knows the clock but not yet when that began: it would stamp a
// frame with the age of the machine, and the viewer's picture would stand still for as long.
bool is_playing(GstElement* appsrc) {
  GstState state = GST_STATE_NULL;
  gst_element_get_state(appsrc, &state, nullptr, 0);
  return state == GST_STATE_PLAYING;
}

// Ends the wait of a viewer who has asked for the video and waits for its first frame.
void give_up(Mount& mount) {
  const std::lock_guard lock(mount.mutex);
  if (!mount.appsrc) return;
  GST_ELEMENT_ERROR(mount.appsrc.get(), RESOURCE, CLOSE, ("the video has ended"), (nullptr));
}

gboolean on_cleanup(gpointer user) {
  const Object<GstRTSPSessionPool> pool(gst_rtsp_server_get_session_pool(static_cast<GstRTSPServer*>(user)));
  gst_rtsp_session_pool_cleanup(pool.get());
  return G_SOURCE_CONTINUE;
}

GstRTSPFilterResult remove_client(GstRTSPServer*, GstRTSPClient*, gpointer) { return GST_RTSP_FILTER_REMOVE; }

void add_mount(GstRTSPMountPoints* points, const RtspServerOptions& options, const std::string& path,
               const SharedMount& mount) {
  const gst::EncoderOptions encoder{
      .quality = options.quality, .bitrate = options.bitrate, .key_frame_every = kKeyFrameEvery, .low_delay = true};
  const std::string description =
      "( appsrc name=frames is-live=true do-timestamp=true format=time leaky-type=downstream "
      "max-buffers=2 max-bytes=0 ! " +
      gst::encoder_description(encoder) + " ! rtph264pay name=pay0 pt=96 config-interval=-1 )";
  GstRTSPMediaFactory* factory = gst_rtsp_media_factory_new();
  gst_rtsp_media_factory_set_launch(factory, description.c_str());
  gst_rtsp_media_factory_set_shared(factory, TRUE);
  gst_rtsp_media_factory_set_protocols(
      factory, static_cast<GstRTSPLowerTrans>(GST_RTSP_LOWER_TRANS_UDP | GST_RTSP_LOWER_TRANS_TCP));
  connect(factory, "media-configure", G_CALLBACK(on_media_configure), mount);
  gst_rtsp_mount_points_add_factory(points, path.c_str(), factory);
}

class GstRtspServer final : public RtspServer {
 public:
  ~GstRtspServer() override;

  Status start(const RtspServerOptions& options, std::span<const std::string> paths);
  bool watched(std::size_t path) override;
  Result<MutableImageView> canvas(std::size_t path, CanvasSize size) override;
  void push(std::size_t path) override;

 private:
  struct Video {
    SharedMount mount;
    std::optional<gst::FrameFeed> feed;  // into the appsrc of this generation
    std::uint64_t generation = 0;
  };
  std::vector<Video> videos_;  // by path
  Object<GMainContext> context_{g_main_context_new()};
  Object<GMainLoop> loop_{g_main_loop_new(context_.get(), FALSE)};
  Object<GstRTSPServer> server_{gst_rtsp_server_new()};
  Object<GSource> listening_;
  Object<GSource> cleanup_;
  std::future<void> serving_;
};

Status GstRtspServer::start(const RtspServerOptions& options, std::span<const std::string> paths) {
  gst_rtsp_server_set_address(server_.get(), options.address.c_str());
  gst_rtsp_server_set_service(server_.get(), std::to_string(options.port).c_str());
  const Object<GstRTSPSessionPool> sessions(gst_rtsp_server_get_session_pool(server_.get()));
  gst_rtsp_session_pool_set_max_sessions(sessions.get(), kMaxSessions);
  // Clients are served on this server's thread, because GStreamer cannot close one that another thread is reading from.
  const Object<GstRTSPThreadPool> threads(gst_rtsp_server_get_thread_pool(server_.get()));
  gst_rtsp_thread_pool_set_max_threads(threads.get(), 0);
  const Object<GstRTSPMountPoints> points(gst_rtsp_server_get_mount_points(server_.get()));
  for (const std::string& path : paths) {
    videos_.push_back({std::make_shared<Mount>(), std::nullopt});
    add_mount(points.get(), options, path, videos_.back().mount);
  }
  GError* raised = nullptr;
  listening_.reset(gst_rtsp_server_create_source(server_.get(), nullptr, &raised));
  if (const gst::Ptr<GError> error(raised); !listening_) {
    return Status(Code::unavailable, "port: cannot listen on " + options.address + ":" + std::to_string(options.port) +
                                         ": " + (error ? error->message : "unknown reason") +
                                         "; stop the program that has the port, or choose another");
  }
  g_source_attach(listening_.get(), context_.get());
  cleanup_.reset(g_timeout_source_new_seconds(kCleanupSeconds));
  g_source_set_callback(cleanup_.get(), on_cleanup, server_.get(), nullptr);
  g_source_attach(cleanup_.get(), context_.get());
  serving_ = std::async(std::launch::async, [context = context_.get(), loop = loop_.get()] {
    g_main_context_push_thread_default(context);
    g_main_loop_run(loop);
    g_main_context_pop_thread_default(context);
  });
  return {};
}

GstRtspServer::~GstRtspServer() {
  if (!serving_.valid()) return;
  g_main_context_invoke(
      context_.get(),
      [](gpointer user) -> gboolean {
        auto& my = *static_cast<GstRtspServer*>(user);
        gst_rtsp_server_client_filter(my.server_.get(), remove_client, nullptr);
        g_main_loop_quit(my.loop_.get());
        return G_SOURCE_REMOVE;
      },
      this);
  // The thread may be waiting for the first frame of a video, for a viewer who has just come.
  while (serving_.wait_for(kLook) == std::future_status::timeout) {
    for (const Video& video : videos_) give_up(*video.mount);
  }
}

bool GstRtspServer::watched(std::size_t path) {
  Video& video = videos_[path];
  const std::lock_guard lock(video.mount->mutex);
  if (!video.mount->appsrc) video.feed.reset();
  return video.mount->appsrc && is_playing(video.mount->appsrc.get());
}

Result<MutableImageView> GstRtspServer::canvas(std::size_t path, CanvasSize size) {
  Video& video = videos_[path];
  gst::Ptr<GstElement> appsrc;
  {
    const std::lock_guard lock(video.mount->mutex);
    if (video.feed && video.generation == video.mount->generation && video.feed->size() == size) {
      return video.feed->canvas();
    }
    if (!video.mount->appsrc) return fail(Code::unavailable, "the last viewer has just left");
    appsrc.reset(GST_ELEMENT(gst_object_ref(video.mount->appsrc.get())));
    video.generation = video.mount->generation;
  }
  auto feed = gst::FrameFeed::create(std::move(appsrc), size, 0);
  if (!feed) return fail(feed.error());
  video.feed.emplace(*std::move(feed));
  return video.feed->canvas();
}

void GstRtspServer::push(std::size_t path) {
  // An appsrc that is going down refuses the frame; nobody is there to miss it.
  if (auto& feed = videos_[path].feed) feed->push(GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE);
}

}  // namespace

Result<std::unique_ptr<RtspServer>> start_gst_rtsp_server(const RtspServerOptions& options,
                                                          std::span<const std::string> paths) {
  if (Status status = gst::init(); !status) return fail(status.error());
  auto server = std::make_unique<GstRtspServer>();
  if (Status status = server->start(options, paths); !status) return fail(status.error());
  return server;
}

}  // namespace weir
