// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/payloads.hpp"
#include "pipeline/stage.hpp"
#include "stages/sink/frame_json.hpp"
#include "stages/sink/mqtt_outbox.hpp"
#include "stages/sink/output_file.hpp"
#include "stages/sink/stages.hpp"
#include "transport/link/address.hpp"

namespace weir {
namespace {

Result<std::string> read_password(const std::string& file, const std::string& variable) {
  if (!file.empty() && !variable.empty()) {
    return fail(Code::invalid, "password_file: is given together with password_env; leave one out");
  }
  if (!variable.empty()) {
    if (const char* value = std::getenv(variable.c_str())) return std::string(value);
    return fail(Code::not_found,
                "password_env: the environment has no variable \"" + variable + "\"; set it to the password");
  }
  if (file.empty()) return std::string();
  std::ifstream input(file, std::ios::binary);
  if (!input)
    return fail(Code::not_found, "password_file: cannot read \"" + file + "\"; name a file that holds the password");
  std::string text{std::istreambuf_iterator<char>(input), {}};
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

/// Publishes answers over MQTT.
class Mqtt final : public Stage {
 public:
  static constexpr std::string_view summary =
      "Publishes each answer as a JSON object to an MQTT broker, in the form of sink.jsonl. The run never waits for "
      "the "
      "broker: while it is away the newest answers are kept.";
  static constexpr InAnyOf<Detections, Tracks> in{"in", "the answers to publish"};
  static constexpr Param<std::string> host{
      {.name = "host", .help = "the broker; one that is not on this machine needs tls, user and a password"},
      "127.0.0.1"};
  static constexpr Param<std::int64_t> port{
      {.name = "port", .help = "the broker's port; 8883 is usual with tls", .min = 1, .max = 65535}, 1883};
  static constexpr Param<std::string> topic{
      {.name = "topic", .help = "topic to publish to; {stream} stands for the stream's name"}, "weir/{stream}"};
  static constexpr Param<std::int64_t> qos{
      {.name = "qos",
       .help = "0: an answer arrives at most once; 1: at least once, again after a break of the connection",
       .min = 0,
       .max = 1},
      1};
  static constexpr Param<std::int64_t> buffer{
      {.name = "buffer",
       .help = "answers kept while the broker is away; when more come, the oldest are dropped and counted",
       .unit = "answers",
       .min = 1,
       .max = 1000000},
      1000};
  static constexpr Param<std::string> user{{.name = "user", .help = "user name at the broker"}, ""};
  static constexpr Param<Path> password_file{{.name = "password_file", .help = "file that holds the password"}, ""};
  static constexpr Param<std::string> password_env{
      {.name = "password_env", .help = "environment variable that holds the password"}, ""};
  static constexpr Param<bool> tls{{.name = "tls", .help = "encrypt, and check the broker's certificate"}, false};
  static constexpr Param<Path> ca_file{
      {.name = "ca_file", .help = "PEM file with the certificates to trust; without it, the system's"}, ""};
  static constexpr std::array inputs{in.info()};
  static constexpr std::array params{host.info(),   port.info(),   topic.info(),         qos.info(),
                                     buffer.info(), user.info(),   password_file.info(), password_env.info(),
                                     tls.info(),    ca_file.info()};
  static constexpr Execution execution{.blocking = true};

  Status open(OpenContext& cx) override {
    MqttOptions options{.host = cx.param(host),
                        .port = static_cast<int>(cx.param(port)),
                        .qos = static_cast<int>(cx.param(qos)),
                        .user = cx.param(user),
                        .password = {},
                        .tls = cx.param(tls),
                        .ca_file = cx.param(ca_file).value,
                        .buffer = static_cast<std::size_t>(cx.param(buffer)),
                        .seed = cx.seed()};
    auto password = read_password(cx.param(password_file).value, cx.param(password_env));
    if (!password) return password.error();
    options.password = *std::move(password);
    if (Status status = check(options); !status) return status;
    if (Status status = make_topics(cx); !status) return status;
    json_.emplace(cx.streams());
    outbox_ = std::make_unique<MqttOutbox>(std::move(options), cx.clock());
    return {};
  }

  Status process(Context& cx) override {
    text_.clear();
    json_->append(text_, cx.packet(in));
    outbox_->post(topics_.at(cx.stamp().stream), text_);
    if (std::string note = outbox_->take_note(); !note.empty()) cx.warn(std::move(note));
    return {};
  }

  Status close() override { return outbox_ ? outbox_->close() : Status{}; }

 private:
  static Status check(const MqttOptions& options) {
    if (!options.password.empty() && options.user.empty()) {
      return {Code::invalid, "user: is missing, but there is a password; give both or none"};
    }
    if (!is_loopback_host(options.host) && (!options.tls || options.user.empty() || options.password.empty())) {
      return {Code::invalid,
              "host: \"" + options.host +
                  "\" is another machine, and answers leave this one only encrypted and with a password; "
                  "set tls: true, user, and password_file or password_env"};
    }
    if (!options.ca_file.empty() && !std::ifstream(options.ca_file)) {
      return {Code::not_found, "ca_file: cannot read \"" + options.ca_file + "\"; name a PEM file with certificates"};
    }
    return {};
  }

  Status make_topics(OpenContext& cx) {
    for (const std::string& stream : cx.streams()) {
      topics_.push_back(expand_stream(cx.param(topic), stream));
      if (topics_.back().empty() || topics_.back().find_first_of("+#") != std::string::npos) {
        return {Code::invalid, "topic: \"" + topics_.back() +
                                   "\" is empty or holds + or #, which only subscribers use; "
                                   "name one topic, as in weir/{stream}"};
      }
    }
    return {};
  }

  std::vector<std::string> topics_;  // by StreamId
  std::optional<FrameJson> json_;
  std::string text_;
  std::unique_ptr<MqttOutbox> outbox_;
};

}  // namespace

Status add_sink_mqtt(Registry& registry) { return registry.add<Mqtt>("sink.mqtt"); }

}  // namespace weir
