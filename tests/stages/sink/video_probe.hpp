// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gst/app/gstappsink.h>

#include <string>
#include <vector>

#include "stages/media/gst_support.hpp"

namespace weir {

/// What a player gets out of a video.
struct PlayedVideo {
  int frames = 0;
  int width = 0, height = 0;
  std::vector<double> times_s;
  std::vector<std::uint8_t> last;  ///< BGR of the last frame, rows without gaps
  std::string error;               ///< that stopped it before the end

  const std::uint8_t* at(int x, int y) const { return last.data() + 3 * (static_cast<std::size_t>(y) * width + x); }
};

/// Copies one decoded BGR sample.
inline void keep(GstSample* sample, PlayedVideo& played) {
  const GstStructure* caps = gst_caps_get_structure(gst_sample_get_caps(sample), 0);
  gst_structure_get_int(caps, "width", &played.width);
  gst_structure_get_int(caps, "height", &played.height);
  GstBuffer* buffer = gst_sample_get_buffer(sample);
  played.times_s.push_back(static_cast<double>(GST_BUFFER_PTS(buffer)) / GST_SECOND);
  GstMapInfo map;
  gst_buffer_map(buffer, &map, GST_MAP_READ);
  const std::size_t row = 3 * static_cast<std::size_t>(played.width);
  const std::size_t stride = map.size / static_cast<std::size_t>(played.height);
  played.last.clear();
  for (int y = 0; y < played.height; ++y) {
    played.last.insert(played.last.end(), map.data + static_cast<std::size_t>(y) * stride,
                       map.data + static_cast<std::size_t>(y) * stride + row);
  }
  gst_buffer_unmap(buffer, &map);
  ++played.frames;
}

/// Plays a file to its end.
inline PlayedVideo play(const std::string& path) {
  PlayedVideo played;
  (void)gst::init();
  auto pipeline = gst::parse(
      "filesrc name=file ! decodebin ! videoconvert ! video/x-raw,format=BGR ! "
      "appsink name=out sync=false max-buffers=4");
  if (!pipeline) {
    played.error = pipeline.error().text;
    return played;
  }
  g_object_set(gst::element(pipeline->get(), "file").get(), "location", path.c_str(), nullptr);
  gst_element_set_state(pipeline->get(), GST_STATE_PLAYING);
  const auto out = gst::element(pipeline->get(), "out");
  while (const auto sample = gst::pull(out.get(), 20 * GST_SECOND)) keep(sample.get(), played);
  if (const auto message = gst::pop_message(pipeline->get(), GST_MESSAGE_ERROR, 0)) {
    played.error = gst::error_text(message.get());
  }
  return played;
}

}  // namespace weir
