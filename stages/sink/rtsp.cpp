// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "stages/sink/drawn_video.hpp"
#include "stages/sink/output_file.hpp"
#include "stages/sink/rtsp_server.hpp"
#include "stages/sink/stages.hpp"
#include "transport/link/address.hpp"

namespace weir {
namespace {

/// Serves annotated live video.
class Rtsp final : public Stage, DrawnVideo {
 public:
  static constexpr std::string_view summary =
      "Serves the frames with the objects drawn in as live H.264 video over RTSP, for players such as VLC: "
      "rtsp://127.0.0.1:8554/weir. Draws and encodes only while somebody watches.";
  static constexpr Param<std::string> listen{
      {.name = "listen",
       .help = "address to listen on: 127.0.0.1, ::1 or localhost. Others are refused, because this server has neither "
               "TLS nor passwords; to watch from elsewhere, use a tunnel such as ssh -L"},
      "127.0.0.1"};
  static constexpr Param<std::int64_t> port{{.name = "port", .help = "TCP port to listen on", .min = 1, .max = 65535},
                                            8554};
  static constexpr Param<std::string> path{
      {.name = "path",
       .help = "last part of the address; {stream} stands for the stream's name, and is needed when several come in"},
      "/weir"};
  static constexpr Param<std::int64_t> quality{quality_spec, 26};
  static constexpr std::array inputs{frame.info(), objects.info(), parts.info(), regions.info()};
  static constexpr std::array params{listen.info(),  port.info(),    path.info(),
                                     quality.info(), bitrate.info(), draw.info()};
  static constexpr Execution execution{.blocking = true};

  Status open(OpenContext& cx) override {
    const std::string& host = cx.param(listen);
    if (!is_loopback_host(host)) {
      return {Code::invalid,
              "listen: \"" + host +
                  "\" is reachable from other machines, which needs TLS and "
                  "authentication, and this server has neither; use 127.0.0.1 and a tunnel such as ssh -L"};
    }
    const std::string& pattern = cx.param(path);
    if (!pattern.starts_with('/')) {
      return {Code::invalid, "path: \"" + pattern + "\" does not begin with \"/\"; write \"/" + pattern + "\""};
    }
    if (cx.streams().size() > 1 && pattern.find("{stream}") == std::string::npos) {
      return {Code::invalid, "path: \"" + pattern + "\" is one video, but " + std::to_string(cx.streams().size()) +
                                 " streams come in; put {stream} into it, as in /{stream}"};
    }
    const auto options = DrawOptions::parse(cx.param(draw));
    if (!options) return options.error();
    std::vector<std::string> paths;
    for (const std::string& stream : cx.streams()) {
      paths.push_back(expand_stream(pattern, stream));
      auto annotator = Annotator::create(*options);
      if (!annotator) return annotator.error();
      annotators_.push_back(*std::move(annotator));
    }
    auto server = RtspServer::start({.address = host == "localhost" ? "127.0.0.1" : host,
                                     .port = static_cast<int>(cx.param(port)),
                                     .quality = cx.param(quality),
                                     .bitrate = cx.param(bitrate)},
                                    paths);
    if (!server) return server.error();
    server_ = *std::move(server);
    return {};
  }

  Status process(Context& cx) override {
    const StreamId stream = cx.stamp().stream;
    if (!server_->watched(stream)) return {};
    const Frame& picture = *cx.get(frame);
    const auto canvas = server_->canvas(stream, CanvasSize::of(picture.image));
    if (!canvas) return canvas.error().code == Code::unavailable ? Status{} : Status(canvas.error());
    annotators_.at(stream)->draw(picture, cx.stamp(), overlay(cx), *canvas);
    server_->push(stream);
    return {};
  }

  Status close() override {
    server_.reset();
    return {};
  }

 private:
  std::vector<std::unique_ptr<Annotator>> annotators_;  // by StreamId
  std::unique_ptr<RtspServer> server_;
};

}  // namespace

Status add_sink_rtsp(Registry& registry) { return registry.add<Rtsp>("sink.rtsp"); }

}  // namespace weir
