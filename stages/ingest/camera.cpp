// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <chrono>
#include <string>
#include <utility>

#include "pipeline/payloads.hpp"
#include "stages/ingest/live_source.hpp"
#include "stages/ingest/stages.hpp"

namespace weir {
namespace {

/// The modes to ask the camera for, as GStreamer caps; without a wish, any.
std::string camera_caps(std::int64_t width, std::int64_t height, std::int64_t fps) {
  std::string wish;
  if (width > 0) wish += ",width=(int)" + std::to_string(width);
  if (height > 0) wish += ",height=(int)" + std::to_string(height);
  if (fps > 0) wish += ",framerate=(fraction)" + std::to_string(fps) + "/1";
  return "video/x-raw" + wish + ";image/jpeg" + wish;
}

/// Images of a camera at this machine.
class Camera final : public Stage {
 public:
  static constexpr std::string_view summary =
      "Takes images from a camera at this machine (V4L2); comes back by itself when the camera stops or is unplugged.";
  static constexpr Out<Frame> frame{"frame", "the camera's newest image as BGR pixels"};
  static constexpr Param<Path> device{{.name = "device", .help = "the camera's device file"}, "/dev/video0"};
  static constexpr Param<std::int64_t> width{
      {.name = "width", .help = "width to ask the camera for; 0: its own choice", .unit = "px", .min = 0, .max = 16384},
      std::int64_t{0}};
  static constexpr Param<std::int64_t> height{{.name = "height",
                                               .help = "height to ask the camera for; 0: its own choice",
                                               .unit = "px",
                                               .min = 0,
                                               .max = 16384},
                                              std::int64_t{0}};
  static constexpr Param<std::int64_t> fps{{.name = "fps",
                                            .help = "images per second to ask the camera for; 0: its own choice",
                                            .unit = "1/s",
                                            .min = 0,
                                            .max = 1000},
                                           std::int64_t{0}};
  static constexpr Param<Duration> stall_timeout{{.name = "stall_timeout",
                                                  .help = "open the camera anew after so long without an image",
                                                  .min = 0.05,
                                                  .max = 3600},
                                                 std::chrono::seconds(5)};
  static constexpr Param<Duration> connect_timeout{{.name = "connect_timeout",
                                                    .help = "give up when the first image has not come after so long; "
                                                            "0 s: keep trying. A camera that has worked once is "
                                                            "waited for without limit",
                                                    .min = 0},
                                                   std::chrono::seconds(30)};
  static constexpr std::array outputs{frame.info()};
  static constexpr std::array params{device.info(), width.info(),         height.info(),
                                     fps.info(),    stall_timeout.info(), connect_timeout.info()};
  static constexpr Execution execution{.blocking = true, .source = true, .live = true};

  Status open(OpenContext& cx) override {
    FeedOptions options;
    const std::string& file = cx.param(device).value;
    options.what = "camera " + file;
    options.advice =
        "Check that the camera is plugged in, that `device` names it (v4l2-ctl --list-devices lists them) and "
        "that it offers the `width`, `height` and `fps` asked for";
    options.pipeline = "v4l2src name=source ! capsfilter name=mode ! decodebin";
    options.settings = {{"source", "device", file},
                        {"mode", "caps", camera_caps(cx.param(width), cx.param(height), cx.param(fps))}};
    options.stall_timeout = cx.param(stall_timeout);
    options.connect_timeout = cx.param(connect_timeout);
    return source_.open(std::move(options), cx);
  }

  Status process(Context& cx) override { return source_.process(cx, frame); }

  Status close() override {
    source_.close();
    return {};
  }

 private:
  LiveSource source_;
};

}  // namespace

Status add_ingest_camera(Registry& registry) { return registry.add<Camera>("ingest.camera"); }

}  // namespace weir
