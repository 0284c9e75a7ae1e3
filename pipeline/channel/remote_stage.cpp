// SPDX-License-Identifier: Apache-2.0
#include "pipeline/channel/remote_stage.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <string>

#include "pipeline/base/concat.hpp"
#include "pipeline/channel/payload_codec.hpp"
#include "pipeline/channel/port_access.hpp"
#include "pipeline/channel/standby.hpp"
#include "pipeline/payloads.hpp"
#include "transport/wire/body_reader.hpp"

namespace weir {
namespace {

constexpr Duration kFirstContact = std::chrono::seconds(5);
// What comes after an answer (a tracker, a sink) needs a moment of the frame's time too.
constexpr Duration kAfterwards = std::chrono::milliseconds(2);

/// Reasons as the ledger shows them: a fixed list, because a worker's texts are not to be trusted.
Reason reason_of(const CloudAnswer& answer) {
  if (answer.ending == Ending::expired) return Reasons::late;
  constexpr std::array<std::string_view, 12> kKnown{"no_worker", "overload",        "worker_lost", "attempt_timeout",
                                                    "busy",      "expired",         "draining",    "stopped",
                                                    "failed",    "unknown_service", "corrupt",     "too_large"};
  const bool known = std::find(kKnown.begin(), kKnown.end(), answer.reason) != kKnown.end();
  return Reason::intern(concat("cloud:", known ? std::string_view(answer.reason) : "refused"));
}

class RemoteStage final : public Stage {
 public:
  RemoteStage(std::shared_ptr<const RemotePart> part, std::shared_ptr<CloudClient> client)
      : part_(std::move(part)), client_(std::move(client)) {}

  Status open(OpenContext& cx) override {
    for (const std::string& stream : cx.streams()) streams_.push_back(stream);
    if (part_->fallback) {
      auto standby = Standby::open(*part_, cx);
      if (!standby) return Status(standby.error());
      standby_ = std::move(*standby);
    }
    if (client_->wait_for_worker(part_->service, kFirstContact)) return {};
    const std::string problem = client_->last_problem();
    const std::string text = concat("no worker offers it yet", problem.empty() ? "" : concat(" (", problem, ")"),
                                    "; start one with: pipeline worker --launch FILE --listen ADDRESS");
    // Without a deadline every frame would end at once, dropped: that is not what anybody starts a run for.
    if (!cx.realtime() && !standby_) return {Code::unavailable, text};
    cx.warn(text);
    return {};
  }

  Status process(Context& cx) override {
    const CloudAnswer answer = client_->ask(part_->service, write_request(cx), budget_of(cx), order_.fetch_add(1));
    Reason missing = reason_of(answer);
    if (answer.ending == Ending::result) {
      const Status status = emit_answer(cx, answer);
      if (status) return {};
      missing = Reason::intern("cloud:corrupt");
      if (damaged_.fetch_add(1) < 3) cx.warn(concat("an answer cannot be read: ", status.error().text));
    }
    answer_without_cloud(cx, missing);
    return {};
  }

  Status close() override { return standby_ ? standby_->close() : Status(); }

 private:
  std::shared_ptr<const Body> write_request(Context& cx) const {
    BodyWriter writer;
    writer.begin_map(4).key("service").text(part_->name);
    writer.key("stream").text(streams_.at(cx.stamp().stream)).key("frame").natural(cx.stamp().frame);
    writer.key("inputs").begin_array(part_->inputs.size());
    for (const PortInfo& port : part_->inputs) {
      const Packet& packet = PortAccess::input(cx, port.id);
      if (packet)
        find_codec(packet.type().name)->write(writer, packet);
      else
        writer.nothing();
    }
    return writer.finish();
  }

  /// What is left for the cloud: the frame's time less what has to happen after it.
  Duration budget_of(const Context& cx) const {
    const Duration remaining = cx.remaining();
    if (remaining == Duration::max()) return remaining;
    return remaining - kAfterwards - (standby_ ? standby_->expected() : Duration(0));
  }

  Status emit_answer(Context& cx, const CloudAnswer& answer) {
    auto body = BodyReader::read(answer.message.body);
    if (!body) return body.error();
    const auto outputs = body->root().get("outputs");
    if (!outputs) return outputs.error();
    if (outputs->size() != part_->outputs.size()) {
      return {Code::corrupt, concat("it has ", std::to_string(outputs->size()), " outputs; wanted ",
                                    std::to_string(part_->outputs.size()))};
    }
    std::vector<DecodedPacket> decoded(part_->outputs.size());
    for (std::size_t i = 0; i < decoded.size(); ++i) {
      if (outputs->at(i).kind() == BodyValue::Kind::nothing) continue;
      const PortInfo& port = part_->outputs[i];
      auto read = find_codec(port.types.front()->name)
                      ->read(outputs->at(i), body->bytes().keeper, PortAccess::pool(cx, port.id));
      if (!read) return read.error();
      decoded[i] = std::move(*read);
    }
    for (std::size_t i = 0; i < decoded.size(); ++i) {
      if (!decoded[i].packet) continue;
      remember(decoded[i].packet);
      PortAccess::set_output(cx, part_->outputs[i].id, std::move(decoded[i].packet), decoded[i].header);
    }
    cx.quality().worker = static_cast<std::int16_t>(answer.worker);
    return {};
  }

  void answer_without_cloud(Context& cx, Reason missing) {
    if (standby_ && missing != Reason::intern("cloud:stopped") && standby_->answer(cx)) {
      cx.quality().outcome = std::max(cx.quality().outcome, Outcome::local);
    } else if (part_->carried_forward) {
      emit_nothing_seen(cx);
    } else {
      cx.drop(missing);
    }
  }

  /// No boxes, marked as no answer: whoever carries its state forward knows what to make of it.
  void emit_nothing_seen(Context& cx) {
    const PortInfo& port = part_->outputs.front();
    auto* made = static_cast<detail::Pool<Detections>&>(PortAccess::pool(cx, port.id)).take();
    {
      const std::lock_guard lock(mutex_);
      made->value.classes = classes_;
      made->value.frame_width = width_;
      made->value.frame_height = height_;
    }
    PortAccess::set_output(cx, port.id, Packet(made), made);
    cx.quality().outcome = std::max(cx.quality().outcome, Outcome::predicted);
  }

  void remember(const Packet& packet) {
    const auto* detections = packet.get<Detections>();
    if (!detections) return;
    const std::lock_guard lock(mutex_);
    classes_ = detections->classes;
    width_ = detections->frame_width;
    height_ = detections->frame_height;
  }

  const std::shared_ptr<const RemotePart> part_;
  const std::shared_ptr<CloudClient> client_;
  std::unique_ptr<Standby> standby_;
  std::vector<std::string> streams_;
  std::atomic<std::uint64_t> order_{0};
  std::atomic<int> damaged_{0};

  std::mutex mutex_;  // guards what the latest answer told of frames and classes
  ClassNamesPtr classes_ = std::make_shared<ClassNames>();
  int width_ = 0, height_ = 0;
};

}  // namespace

std::unique_ptr<Stage> make_remote_stage(std::shared_ptr<const RemotePart> part, std::shared_ptr<CloudClient> client) {
  return std::make_unique<RemoteStage>(std::move(part), std::move(client));
}

}  // namespace weir
