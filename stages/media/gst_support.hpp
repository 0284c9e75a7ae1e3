// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gst/app/gstappsink.h>
#include <gst/gst.h>

#include <memory>
#include <optional>
#include <string>

#include "kernels/base/status.hpp"
#include "pipeline/payloads.hpp"

namespace weir::gst {

struct Unref {
  void operator()(GstElement* element) const { gst_object_unref(element); }
  void operator()(GstBus* bus) const { gst_object_unref(bus); }
  void operator()(GstPad* pad) const { gst_object_unref(pad); }
  void operator()(GstClock* clock) const { gst_object_unref(clock); }
  void operator()(GstMessage* message) const { gst_message_unref(message); }
  void operator()(GstSample* sample) const { gst_sample_unref(sample); }
  void operator()(GstCaps* caps) const { gst_caps_unref(caps); }
  void operator()(GError* error) const { g_error_free(error); }
};

/// Sole owner of one reference.
template <typename T>
using Ptr = std::unique_ptr<T, Unref>;

/// Stops a pipeline before it lets go of it.
struct StopPipeline {
  void operator()(GstElement* pipeline) const {
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(pipeline);
  }
};
using Pipeline = std::unique_ptr<GstElement, StopPipeline>;

/// Starts GStreamer once per process. Thread-safe.
Status init();

/// A pipeline from its description; Code::unsupported names an element that is not installed.
Result<Pipeline> parse(const std::string& description);

/// The element `name` of a pipeline, or null.
Ptr<GstElement> element(GstElement* pipeline, const char* name);

/// Takes the next message of the kinds in `types` from the pipeline's bus; null when none comes within `wait`.
Ptr<GstMessage> pop_message(GstElement* pipeline, GstMessageType types, GstClockTime wait);

/// What an error message says, in one short line.
std::string error_text(GstMessage* message);

/// Whether an error message says that a decoder or another plug-in is not installed.
bool is_missing_plugin(GstMessage* message);

/// Whether any streaming thread of the pipeline is at work; when none is, nothing more will come of it.
bool is_streaming(GstElement* pipeline);

/// The next decoded image; null when none comes within `wait` or the stream has ended (gst_app_sink_is_eos tells).
Ptr<GstSample> pull(GstElement* appsink, GstClockTime wait);

/// Lets `frame` share the pixels of a BGR sample, without a copy.
Status adopt(Ptr<GstSample> sample, Frame& frame);

}  // namespace weir::gst
