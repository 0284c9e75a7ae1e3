// SPDX-License-Identifier: Apache-2.0
#include "stages/media/gst_support.hpp"

#include <gst/video/video.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace weir::gst {
namespace {

constexpr std::size_t kMaxDetail = 160;

Status init_once() {
  GError* raised = nullptr;
  if (gst_init_check(nullptr, nullptr, &raised)) return {};
  const Ptr<GError> error(raised);
  return {Code::unsupported, std::string("GStreamer cannot start: ") + (error ? error->message : "unknown reason") +
                                 "; check the installation of GStreamer 1.22 or newer"};
}

// The lines of an error's detail that are for people: not the places in GStreamer's own source.
std::string readable_detail(std::string_view detail) {
  std::string text;
  while (!detail.empty()) {
    const std::size_t end = std::min(detail.find('\n'), detail.size());
    const std::string_view line = detail.substr(0, end);
    detail.remove_prefix(std::min(end + 1, detail.size()));
    if (line.empty() || line.ends_with(':') || line.starts_with("../")) continue;
    if (!text.empty()) text += "; ";
    text += line;
  }
  if (text.size() > kMaxDetail) text = text.substr(0, kMaxDetail) + "...";
  return text;
}

// A sample and the mapping of its pixels.
struct MappedSample {
  Ptr<GstSample> sample;
  GstVideoFrame pixels{};
  bool mapped = false;

  MappedSample() = default;
  MappedSample(const MappedSample&) = delete;
  MappedSample& operator=(const MappedSample&) = delete;
  ~MappedSample() {
    if (mapped) gst_video_frame_unmap(&pixels);
  }
};

}  // namespace

Status init() {
  static const Status status = init_once();
  return status;
}

Result<Pipeline> parse(const std::string& description) {
  GError* raised = nullptr;
  GstElement* made = gst_parse_launch_full(description.c_str(), nullptr, GST_PARSE_FLAG_FATAL_ERRORS, &raised);
  const Ptr<GError> error(raised);
  if (made) return Pipeline(made);
  const std::string text = error ? error->message : "unknown reason";
  const bool missing = g_error_matches(error.get(), GST_PARSE_ERROR, GST_PARSE_ERROR_NO_SUCH_ELEMENT) != 0;
  return fail(missing ? Code::unsupported : Code::internal,
              "GStreamer cannot build the pipeline: " + text +
                  (missing ? "; install the GStreamer plugins good, bad, ugly and libav" : ": " + description));
}

Ptr<GstElement> element(GstElement* pipeline, const char* name) {
  return Ptr<GstElement>(gst_bin_get_by_name(GST_BIN(pipeline), name));
}

Ptr<GstMessage> pop_message(GstElement* pipeline, GstMessageType types, GstClockTime wait) {
  const Ptr<GstBus> bus(gst_element_get_bus(pipeline));
  return Ptr<GstMessage>(gst_bus_timed_pop_filtered(bus.get(), wait, types));
}

std::string error_text(GstMessage* message) {
  GError* raised = nullptr;
  gchar* raw_detail = nullptr;
  gst_message_parse_error(message, &raised, &raw_detail);
  const Ptr<GError> error(raised);
  const std::unique_ptr<gchar, decltype(&g_free)> detail(raw_detail, &g_free);
  std::string text = error ? error->message : "unknown fault";
  if (const std::string more = readable_detail(detail ? detail.get() : ""); !more.empty()) text += " (" + more + ")";
  for (char& c : text) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return text;
}

bool is_missing_plugin(GstMessage* message) {
  GError* raised = nullptr;
  gst_message_parse_error(message, &raised, nullptr);
  const Ptr<GError> error(raised);
  return g_error_matches(error.get(), GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN) != 0 ||
         g_error_matches(error.get(), GST_STREAM_ERROR, GST_STREAM_ERROR_CODEC_NOT_FOUND) != 0;
}

bool is_streaming(GstElement* pipeline) {
  const auto look = [](GstElement*, GstPad* pad, gpointer found) -> gboolean {
    GST_OBJECT_LOCK(pad);
    if (GST_PAD_TASK(pad) && GST_TASK_STATE(GST_PAD_TASK(pad)) == GST_TASK_STARTED) *static_cast<bool*>(found) = true;
    GST_OBJECT_UNLOCK(pad);
    return TRUE;
  };
  bool found = false;
  GstIterator* elements = gst_bin_iterate_recurse(GST_BIN(pipeline));
  GValue item = G_VALUE_INIT;
  for (GstIteratorResult step = GST_ITERATOR_OK; step == GST_ITERATOR_OK || step == GST_ITERATOR_RESYNC;) {
    step = gst_iterator_next(elements, &item);
    if (step == GST_ITERATOR_RESYNC) gst_iterator_resync(elements);
    if (step != GST_ITERATOR_OK) continue;
    gst_element_foreach_pad(GST_ELEMENT(g_value_get_object(&item)), look, &found);
    g_value_reset(&item);
  }
  g_value_unset(&item);
  gst_iterator_free(elements);
  return found;
}

Ptr<GstSample> pull(GstElement* appsink, GstClockTime wait) {
  return Ptr<GstSample>(gst_app_sink_try_pull_sample(GST_APP_SINK(appsink), wait));
}

Status adopt(Ptr<GstSample> sample, Frame& frame) {
  GstVideoInfo info;
  const GstCaps* caps = gst_sample_get_caps(sample.get());
  GstBuffer* buffer = gst_sample_get_buffer(sample.get());
  if (!caps || !buffer || !gst_video_info_from_caps(&info, caps)) {
    return {Code::internal, "GStreamer delivered a sample that is not video"};
  }
  auto keeper = std::make_shared<MappedSample>();
  keeper->sample = std::move(sample);
  keeper->mapped = gst_video_frame_map(&keeper->pixels, &info, buffer, GST_MAP_READ) != 0;
  if (!keeper->mapped) return {Code::internal, "GStreamer delivered pixels that cannot be mapped"};
  const ImageView view{static_cast<const std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&keeper->pixels, 0)),
                       GST_VIDEO_FRAME_WIDTH(&keeper->pixels), GST_VIDEO_FRAME_HEIGHT(&keeper->pixels),
                       GST_VIDEO_FRAME_PLANE_STRIDE(&keeper->pixels, 0), PixelFormat::bgr8};
  frame.adopt(view, std::move(keeper));
  return {};
}

}  // namespace weir::gst
