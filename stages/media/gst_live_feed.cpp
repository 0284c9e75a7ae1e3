// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <optional>
#include <string_view>
#include <utility>

#include "stages/media/gst_support.hpp"
#include "stages/media/parts.hpp"

namespace weir {
namespace {

constexpr Duration kLook = std::chrono::milliseconds(50);  // how often a wait looks around
constexpr Duration kOldest = std::chrono::seconds(10);
constexpr int kQueued = 8;

std::string seconds_text(Duration time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", static_cast<double>(time.count()) * 1e-9);
  return text;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// rtspsrc asks for each stream of a session; sound would only cost bandwidth.
gboolean is_video_stream(GstElement*, guint, GstCaps* caps, gpointer) {
  const gchar* media = gst_structure_get_string(gst_caps_get_structure(caps, 0), "media");
  return media == nullptr || std::string_view(media) == "video";
}

// How long ago a sample was taken, by the pipeline's clock.
Duration age_of(GstElement* pipeline, GstSample* sample) {
  const gst::Ptr<GstClock> clock(gst_element_get_clock(pipeline));
  const GstClockTime taken = gst_segment_to_running_time(gst_sample_get_segment(sample), GST_FORMAT_TIME,
                                                         GST_BUFFER_PTS(gst_sample_get_buffer(sample)));
  if (!clock || !GST_CLOCK_TIME_IS_VALID(taken)) return {};
  const GstClockTime now = gst_clock_get_time(clock.get()) - gst_element_get_base_time(pipeline);
  return std::clamp(Duration(static_cast<std::int64_t>(now) - static_cast<std::int64_t>(taken)), Duration::zero(),
                    kOldest);
}

// The camera, there or not.
struct Connection {
  Connection(FeedOptions o, Clock& c) : options(std::move(o)), clock(c), backoff(options.backoff, options.seed) {}

  FeedOptions options;
  Clock& clock;
  Backoff backoff;
  gst::Ptr<GstElement> sink;
  gst::Pipeline pipeline;  // null while there is no connection
  std::optional<TimePoint> begun;
  TimePoint retry_at = TimePoint::min();
  TimePoint last_sign{};  // last image, or the start of the pipeline
  std::optional<TimePoint> lost_at;
  int attempts = 0;
  std::optional<TimePoint> first_taken;
  Duration time{};

  Result<gst::Pipeline> build() const;
  std::optional<std::string> connect();
  std::optional<std::string> fault();
  void disconnect(const std::string& why, const std::function<void(std::string)>& warn);
  Status deliver(gst::Ptr<GstSample> sample, Frame& frame, const std::function<void(std::string)>& warn);
  bool gave_up() const;
  std::string clean(std::string text) const;
};

std::string Connection::clean(std::string text) const {
  for (const std::string& secret : options.secrets) {
    if (!secret.empty()) replace_all(text, secret, "***");
  }
  return text;
}

Result<gst::Pipeline> Connection::build() const {
  auto made = gst::parse(options.pipeline + " ! videoconvert ! video/x-raw,format=BGR ! appsink name=sink sync=false " +
                         (options.newest ? "max-buffers=1 drop=true" : "max-buffers=" + std::to_string(kQueued)));
  if (!made) return made;
  for (const ElementSetting& setting : options.settings) {
    const gst::Ptr<GstElement> element = gst::element(made->get(), setting.element.c_str());
    if (!element || !g_object_class_find_property(G_OBJECT_GET_CLASS(element.get()), setting.property.c_str())) {
      return fail(Code::internal, "GStreamer has no " + setting.element + "." + setting.property);
    }
    gst_util_set_object_arg(G_OBJECT(element.get()), setting.property.c_str(), setting.value.c_str());
  }
  const gst::Ptr<GstElement> source = gst::element(made->get(), "source");
  if (source && g_signal_lookup("select-stream", G_OBJECT_TYPE(source.get())) != 0) {
    g_signal_connect(source.get(), "select-stream", G_CALLBACK(&is_video_stream), nullptr);
  }
  return made;
}

// Starts the pipeline; what prevents it, if anything.
std::optional<std::string> Connection::connect() {
  ++attempts;
  auto made = build();
  if (!made) return made.error().text;
  pipeline = *std::move(made);
  sink = gst::element(pipeline.get(), "sink");
  last_sign = clock.now();
  if (gst_element_set_state(pipeline.get(), GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE) return std::nullopt;
  const auto message = gst::pop_message(pipeline.get(), GST_MESSAGE_ERROR, 0);
  return message ? gst::error_text(message.get()) : "the pipeline does not start";
}

// Why the running pipeline will give no more images, or nothing.
std::optional<std::string> Connection::fault() {
  const auto kinds = static_cast<GstMessageType>(GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  if (const auto message = gst::pop_message(pipeline.get(), kinds, 0)) {
    return GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR ? gst::error_text(message.get())
                                                                : "it ended the stream";
  }
  if (clock.now() - last_sign >= options.stall_timeout) {
    return "no image for " + seconds_text(options.stall_timeout) + " (stall_timeout)";
  }
  return std::nullopt;
}

void Connection::disconnect(const std::string& why, const std::function<void(std::string)>& warn) {
  sink.reset();
  pipeline.reset();
  const TimePoint now = clock.now();
  const Duration wait = backoff.next();
  retry_at = now + wait;
  if (!lost_at) lost_at = now;
  warn(options.what + ": " + clean(why) + "; trying again in " + seconds_text(wait) + ". " + options.advice);
}

Status Connection::deliver(gst::Ptr<GstSample> sample, Frame& frame, const std::function<void(std::string)>& warn) {
  last_sign = clock.now();
  const TimePoint taken = last_sign - age_of(pipeline.get(), sample.get());
  if (!first_taken) first_taken = taken;
  time = std::max(time, taken - *first_taken);
  if (lost_at) warn(options.what + ": images again after " + seconds_text(last_sign - *lost_at));
  lost_at.reset();
  backoff.reset();
  return gst::adopt(std::move(sample), frame);
}

bool Connection::gave_up() const {
  return !first_taken && options.connect_timeout > Duration::zero() && clock.now() - *begun >= options.connect_timeout;
}

class GstLiveFeed final : public LiveFeed {
 public:
  GstLiveFeed(FeedOptions options, Clock& clock) : camera_(std::move(options), clock) {}

  Status check() const {
    auto made = camera_.build();
    return made ? Status{} : Status(made.error());
  }
  Result<Step> next(Frame& frame, const std::function<bool()>& stopping,
                    const std::function<void(std::string)>& warn) override;
  Duration time() const override { return camera_.time; }
  int attempts() const override { return camera_.attempts; }

 private:
  Connection camera_;
};

Result<LiveFeed::Step> GstLiveFeed::next(Frame& frame, const std::function<bool()>& stopping,
                                         const std::function<void(std::string)>& warn) {
  if (!camera_.begun) camera_.begun = camera_.clock.now();
  while (!stopping()) {
    if (camera_.gave_up()) {
      return fail(Code::unavailable, camera_.options.what + ": no image within " +
                                         seconds_text(camera_.options.connect_timeout) + " (connect_timeout). " +
                                         camera_.options.advice + ", or set connect_timeout to 0 s to wait for ever");
    }
    if (!camera_.pipeline) {
      const TimePoint now = camera_.clock.now();
      if (now < camera_.retry_at) {
        camera_.clock.wait_until(std::min(camera_.retry_at, now + kLook), stopping);
        continue;
      }
      if (const auto why = camera_.connect()) camera_.disconnect(*why, warn);
      continue;
    }
    if (auto sample = gst::pull(camera_.sink.get(), static_cast<GstClockTime>(kLook.count()))) {
      if (Status status = camera_.deliver(std::move(sample), frame, warn); !status) return fail(status.error());
      return Step::frame;
    }
    if (const auto why = camera_.fault()) camera_.disconnect(*why, warn);
  }
  return Step::stopped;
}

}  // namespace

Result<std::unique_ptr<LiveFeed>> make_gst_live_feed(FeedOptions options, Clock& clock) {
  if (Status status = gst::init(); !status) return fail(status.error());
  auto feed = std::make_unique<GstLiveFeed>(std::move(options), clock);
  if (Status status = feed->check(); !status) return fail(status.error());
  return feed;
}

}  // namespace weir
