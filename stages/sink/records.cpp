// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/channel/payload_codec.hpp"
#include "pipeline/payloads.hpp"
#include "pipeline/stage.hpp"
#include "stages/sink/jpeg_encoder.hpp"
#include "stages/sink/stages.hpp"
#include "transport/remote/record_shipper.hpp"

namespace weir {
namespace {

constexpr auto kLastChance = std::chrono::seconds(2);  // for what is left when the run ends

std::int64_t in_us(TimePoint time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

std::int64_t wall_clock_us() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

/// Records answers durably and sends them on when it can.
class Records final : public Stage {
 public:
  static constexpr std::string_view summary =
      "Writes each answer to a journal on disk and, with a url, sends it to a JetStream stream of a NATS server. While "
      "the server is away records wait in the journal, over restarts too; each is stored there once.";
  static constexpr InAnyOf<Detections, Tracks> in{"in", "the answers to record"};
  static constexpr In<Frame> frame{
      "frame", "the answers' frames: when connected, records hold them as JPEG pictures; raise max_mb for them",
      Need::optional};
  static constexpr Param<Path> path{
      {.name = "path", .help = "folder of the journal; made when it is not there", .required = true}};
  static constexpr Param<std::string> url{
      {.name = "url", .help = "server and stream: nats://HOST:PORT/STREAM; without one records stay in the journal"},
      ""};
  static constexpr Param<std::string> subject{
      {.name = "subject", .help = "subject to publish to; used for the stream when it has to be made"},
      "weir.v1.records.device"};
  static constexpr Param<std::string> sync{
      {.name = "sync",
       .help = "when records are made safe against a power cut: each, interval (once a second), none",
       .choices = "each|interval|none"},
      "interval"};
  static constexpr Param<std::int64_t> max_mb{
      {.name = "max_mb",
       .help = "size of the journal; beyond it the oldest records are dropped and counted",
       .unit = "MB",
       .min = 1,
       .max = 1000000},
      256};
  static constexpr Param<std::int64_t> picture_quality{
      {.name = "picture_quality", .help = "of the pictures, as JPEG", .min = 1, .max = 100}, 80};
  static constexpr Param<std::int64_t> picture_every{
      {.name = "picture_every", .help = "2: every second frame's record has a picture, and so on", .min = 1}, 1};
  static constexpr Param<std::int64_t> picture_max_kb{
      {.name = "picture_max_kb",
       .help = "a larger picture is left out of its record; a NATS server takes records of up to 1 MB unless told more",
       .unit = "KB",
       .min = 1,
       .max = 32768},
      768};
  static constexpr Param<Path> certificate{
      {.name = "certificate", .help = "PEM file: who this device is; for a server on another machine"}, ""};
  static constexpr Param<Path> key{{.name = "key", .help = "PEM file: its private key"}, ""};
  static constexpr Param<Path> authority{{.name = "authority", .help = "PEM file: who signs the server's"}, ""};
  static constexpr Param<Path> credentials{
      {.name = "credentials",
       .help =
           "file of the login for a server that wants one: a .creds file, or lines user: NAME and password: SECRET"},
      ""};
  static constexpr std::array inputs{in.info(), frame.info()};
  static constexpr std::array params{path.info(),          url.info(),
                                     subject.info(),       sync.info(),
                                     max_mb.info(),        picture_quality.info(),
                                     picture_every.info(), picture_max_kb.info(),
                                     certificate.info(),   key.info(),
                                     authority.info(),     credentials.info()};
  static constexpr Execution execution{.blocking = true};

  Status open(OpenContext& cx) override {
    RecordShipperOptions options;
    options.journal.folder = cx.param(path).value;
    options.journal.max_bytes = static_cast<std::size_t>(cx.param(max_mb)) << 20;
    options.journal.sync = cx.param(sync) == "each"   ? SyncPolicy::each
                           : cx.param(sync) == "none" ? SyncPolicy::none
                                                      : SyncPolicy::interval;
    if (!cx.param(url).empty()) {
      const auto server = parse_address(cx.param(url));
      if (!server) return {Code::invalid, "url: " + server.error().text};
      if (server->scheme != Scheme::nats) return {Code::invalid, "url: write nats://HOST:PORT/STREAM"};
      options.stream.emplace();
      options.stream->server = *server;
      options.stream->subject = cx.param(subject);
      options.stream->tls = {cx.param(certificate).value, cx.param(key).value, cx.param(authority).value};
      options.stream->credentials = cx.param(credentials).value;
    }
    quality_ = static_cast<int>(cx.param(picture_quality));
    every_ = static_cast<std::uint64_t>(cx.param(picture_every));
    most_bytes_ = static_cast<std::size_t>(cx.param(picture_max_kb)) << 10;
    streams_.assign(cx.streams().begin(), cx.streams().end());
    auto shipper = RecordShipper::open(std::move(options));
    if (!shipper) {
      const bool journal = shipper.error().text.starts_with("journal: ");
      return {shipper.error().code, (journal ? "path: " : "") + shipper.error().text};
    }
    shipper_ = *std::move(shipper);
    return {};
  }

  Status process(Context& cx) override {
    const Packet& packet = cx.packet(in);
    const PayloadCodec* codec = find_codec(packet.type().name);
    if (codec == nullptr) return {Code::internal, "answers of this type cannot be recorded"};
    const auto picture = picture_of(cx);
    writer_.begin_map(picture.empty() ? 5 : 6);
    writer_.key("stream").text(streams_.at(cx.stamp().stream));
    writer_.key("frame").natural(cx.stamp().frame);
    writer_.key("capture_us").integer(in_us(cx.stamp().capture));
    writer_.key("outcome").text(to_string(packet.quality().outcome));
    writer_.key("answer");
    if (Status status = codec->write(writer_, packet); !status) return status;
    if (!picture.empty()) write_picture(cx.get(frame)->image, picture);
    const Status status = shipper_->record(wall_clock_us(), *writer_.finish());
    if (std::string note = shipper_->take_note(); !note.empty()) cx.warn(std::move(note));
    tell_dropped(cx);
    return status;
  }

  Status close() override { return shipper_ ? shipper_->close(kLastChance) : Status{}; }

 private:
  /// The frame's JPEG file; empty when its record is to have none.
  std::span<const std::uint8_t> picture_of(Context& cx) {
    const Frame* shown = cx.get(frame);
    if (shown == nullptr || cx.stamp().frame % every_ != 0) return {};
    const auto file = encoder_.encode(shown->image, quality_);
    if (file && file->size() <= most_bytes_) return *file;
    if (!std::exchange(told_left_out_, true)) {
      cx.warn("records are without their pictures where these cannot be had, first in frame " +
              std::to_string(cx.stamp().frame) + ": " +
              (file ? "it has " + std::to_string(file->size() >> 10) + " KB, more than picture_max_kb"
                    : file.error().text));
    }
    return {};
  }

  void write_picture(const ImageView& image, std::span<const std::uint8_t> file) {
    writer_.key("picture").begin_map(4).key("codec").text("jpeg");
    writer_.key("width").natural(static_cast<std::uint64_t>(image.width));
    writer_.key("height").natural(static_cast<std::uint64_t>(image.height));
    writer_.key("data").binary({file, nullptr});  // the journal has it before the encoder is used again
  }

  /// Warns of the first records lost to max_mb, and whenever their number has doubled.
  void tell_dropped(Context& cx) {
    const std::uint64_t dropped = shipper_->counters().dropped;
    if (dropped < std::max<std::uint64_t>(1, 2 * told_dropped_)) return;
    told_dropped_ = dropped;
    cx.warn("the journal is full: its " + std::to_string(dropped) + " oldest records were dropped; raise max_mb");
  }

  int quality_ = 0;
  std::uint64_t every_ = 1;
  std::size_t most_bytes_ = 0;
  JpegEncoder encoder_;
  bool told_left_out_ = false;
  std::uint64_t told_dropped_ = 0;
  std::vector<std::string> streams_;  // by StreamId
  BodyWriter writer_;
  std::unique_ptr<RecordShipper> shipper_;
};

}  // namespace

Status add_sink_records(Registry& registry) { return registry.add<Records>("sink.records"); }

}  // namespace weir
