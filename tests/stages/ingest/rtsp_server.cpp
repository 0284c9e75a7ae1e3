// SPDX-License-Identifier: Apache-2.0
#include "tests/stages/ingest/rtsp_server.hpp"

#include <gst/rtsp-server/rtsp-server.h>

#include <thread>

#include "stages/media/gst_support.hpp"

namespace weir::test {
namespace {

GstRTSPFilterResult remove_client(GstRTSPServer*, GstRTSPClient*, gpointer) { return GST_RTSP_FILTER_REMOVE; }

void require_login(GstRTSPServer* server, GstRTSPMediaFactory* factory, const std::string& user,
                   const std::string& password) {
  GstRTSPPermissions* permissions = gst_rtsp_permissions_new();
  gst_rtsp_permissions_add_role(permissions, "viewer", GST_RTSP_PERM_MEDIA_FACTORY_ACCESS, G_TYPE_BOOLEAN, TRUE,
                                GST_RTSP_PERM_MEDIA_FACTORY_CONSTRUCT, G_TYPE_BOOLEAN, TRUE, nullptr);
  gst_rtsp_media_factory_set_permissions(factory, permissions);
  gst_rtsp_permissions_unref(permissions);
  GstRTSPAuth* auth = gst_rtsp_auth_new();
  GstRTSPToken* token = gst_rtsp_token_new(GST_RTSP_TOKEN_MEDIA_FACTORY_ROLE, G_TYPE_STRING, "viewer", nullptr);
  gchar* basic = gst_rtsp_auth_make_basic(user.c_str(), password.c_str());
  gst_rtsp_auth_add_basic(auth, basic, token);
  g_free(basic);
  gst_rtsp_token_unref(token);
  gst_rtsp_server_set_auth(server, auth);
  g_object_unref(auth);
}

}  // namespace

struct RtspServer::Impl {
  GMainContext* context = g_main_context_new();
  GMainLoop* loop = g_main_loop_new(context, FALSE);
  GstRTSPServer* server = gst_rtsp_server_new();
  GSource* source = nullptr;
  int port = 0;
  std::thread thread;
};

RtspServer::RtspServer(int port, const std::string& user, const std::string& password) {
  if (!gst::init()) return;
  impl_ = std::make_unique<Impl>();
  gst_rtsp_server_set_address(impl_->server, "127.0.0.1");
  gst_rtsp_server_set_service(impl_->server, std::to_string(port).c_str());
  // Clients are served on this server's thread, because GStreamer cannot close one that another thread is reading from.
  GstRTSPThreadPool* threads = gst_rtsp_server_get_thread_pool(impl_->server);
  gst_rtsp_thread_pool_set_max_threads(threads, 0);
  g_object_unref(threads);
  GstRTSPMediaFactory* factory = gst_rtsp_media_factory_new();
  // A viewer who leaves the sound out leaves its payloader unlinked; without the tee that would be an error in the
  // sound's source, which can end the picture too.
  gst_rtsp_media_factory_set_launch(
      factory,
      "( audiotestsrc is-live=true wave=silence ! alawenc ! tee allow-not-linked=true ! rtppcmapay name=pay0 pt=8 "
      "videotestsrc is-live=true ! video/x-raw,format=I420,width=160,height=96,framerate=20/1 ! x264enc "
      "tune=zerolatency speed-preset=ultrafast key-int-max=10 ! rtph264pay config-interval=1 name=pay1 pt=96 )");
  if (!user.empty()) require_login(impl_->server, factory, user, password);
  GstRTSPMountPoints* mounts = gst_rtsp_server_get_mount_points(impl_->server);
  gst_rtsp_mount_points_add_factory(mounts, "/camera", factory);
  g_object_unref(mounts);
  impl_->source = gst_rtsp_server_create_source(impl_->server, nullptr, nullptr);
  if (!impl_->source) return;
  g_source_attach(impl_->source, impl_->context);
  impl_->port = gst_rtsp_server_get_bound_port(impl_->server);
  impl_->thread = std::thread([impl = impl_.get()] {
    g_main_context_push_thread_default(impl->context);
    g_main_loop_run(impl->loop);
    g_main_context_pop_thread_default(impl->context);
  });
}

RtspServer::~RtspServer() {
  if (!impl_) return;
  if (impl_->source) {
    g_source_destroy(impl_->source);
    g_source_unref(impl_->source);
  }
  if (impl_->thread.joinable()) {
    // Quit from within, or a loop that has not begun yet would miss it.
    g_main_context_invoke(
        impl_->context,
        [](gpointer user) -> gboolean {
          auto* my = static_cast<Impl*>(user);
          gst_rtsp_server_client_filter(my->server, &remove_client, nullptr);
          g_main_loop_quit(my->loop);
          return G_SOURCE_REMOVE;
        },
        impl_.get());
    impl_->thread.join();
  }
  g_object_unref(impl_->server);
  g_main_loop_unref(impl_->loop);
  g_main_context_unref(impl_->context);
}

int RtspServer::port() const { return impl_ ? impl_->port : 0; }

}  // namespace weir::test
