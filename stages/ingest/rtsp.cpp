// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <chrono>
#include <cstdlib>
#include <string>
#include <utility>

#include "pipeline/payloads.hpp"
#include "stages/ingest/live_source.hpp"
#include "stages/ingest/rtsp_url.hpp"
#include "stages/ingest/stages.hpp"

namespace weir {
namespace {

/// Images of a network camera.
class Rtsp final : public Stage {
 public:
  static constexpr std::string_view summary =
      "Takes images from a network camera (RTSP); connects again by itself, the first time included.";
  static constexpr Out<Frame> frame{"frame", "the decoded image as BGR pixels"};
  static constexpr Param<std::string> url{{.name = "url",
                                           .help = "rtsp://HOST[:PORT]/PATH or rtsps://...; may hold USER:PASSWORD@ "
                                                   "before the host. Credentials are never logged",
                                           .required = true}};
  static constexpr Param<std::string> user{{.name = "user", .help = "user name, in place of the one in url"}, ""};
  static constexpr Param<std::string> password_env{
      {.name = "password_env",
       .help = "name of the environment variable that holds the password, so that no file does"},
      ""};
  static constexpr Param<std::string> transport{
      {.name = "transport",
       .help = "how the images travel: tcp (in the control connection), udp, or "
               "auto (udp, and tcp when nothing arrives)",
       .choices = "tcp|udp|auto"},
      "tcp"};
  static constexpr Param<Duration> latency{
      {.name = "latency",
       .help = "how long packets are held to put them in order; smaller is faster, larger is smoother",
       .min = 0,
       .max = 60},
      std::chrono::milliseconds(100)};
  static constexpr Param<bool> newest{
      {.name = "newest",
       .help = "true: when the graph is slower than the camera, it gets the newest image and skips older ones; false: "
               "images queue up and none is skipped here"},
      true};
  static constexpr Param<Duration> stall_timeout{
      {.name = "stall_timeout", .help = "connect anew after so long without an image", .min = 0.05, .max = 3600},
      std::chrono::seconds(5)};
  static constexpr Param<Duration> connect_timeout{{.name = "connect_timeout",
                                                    .help = "give up when the first image has not come after so long; "
                                                            "0 s: keep trying. A camera that has worked once is "
                                                            "waited for without limit",
                                                    .min = 0},
                                                   Duration::zero()};
  static constexpr std::array outputs{frame.info()};
  static constexpr std::array params{url.info(),     user.info(),   password_env.info(),  transport.info(),
                                     latency.info(), newest.info(), stall_timeout.info(), connect_timeout.info()};
  static constexpr Execution execution{.blocking = true, .source = true, .live = true};

  Status open(OpenContext& cx) override {
    auto address = parse_rtsp_url(cx.param(url));
    if (!address) return address.error();
    if (Status status = add_credentials(cx, *address); !status) return status;
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(cx.param(latency)).count();
    const std::string& way = cx.param(transport);
    FeedOptions options;
    options.what = "camera " + address->shown;
    options.advice = "Check that the camera is on, that `url` names it and that its user and password are right";
    options.pipeline = "rtspsrc name=source ! application/x-rtp,media=video ! decodebin";
    options.settings = {{"source", "location", address->location},
                        {"source", "user-id", address->user},
                        {"source", "user-pw", address->password},
                        {"source", "latency", std::to_string(milliseconds)},
                        {"source", "protocols",
                         way == "tcp"   ? "tcp"
                         : way == "udp" ? "udp"
                                        : "tcp+udp-mcast+udp"}};
    options.secrets = {address->password, address->query};
    options.newest = cx.param(newest);
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
  static Status add_credentials(OpenContext& cx, RtspUrl& address) {
    if (!cx.param(user).empty()) address.user = cx.param(user);
    const std::string& variable = cx.param(password_env);
    if (variable.empty()) return {};
    const char* value = std::getenv(variable.c_str());
    if (!value) {
      return {Code::invalid, "password_env is \"" + variable +
                                 "\", and there is no such environment variable; set it, or "
                                 "name another one"};
    }
    address.password = value;
    return {};
  }

  LiveSource source_;
};

}  // namespace

Status add_ingest_rtsp(Registry& registry) { return registry.add<Rtsp>("ingest.rtsp"); }

}  // namespace weir
