// SPDX-License-Identifier: Apache-2.0
#include "pipeline/channel/remote_stage.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>
#include <utility>

#include "pipeline/base/concat.hpp"
#include "pipeline/channel/cloud_answer.hpp"
#include "pipeline/channel/cloud_request.hpp"
#include "pipeline/channel/first_contact.hpp"
#include "pipeline/channel/parted_remote_stage.hpp"
#include "pipeline/channel/port_access.hpp"
#include "pipeline/channel/standby.hpp"
#include "pipeline/link_monitor.hpp"
#include "pipeline/payloads.hpp"

namespace weir {
namespace {

ExchangeEnd end_of(CloudReceipt::Fate fate) {
  switch (fate) {
    case CloudReceipt::Fate::answered:
      return ExchangeEnd::answered;
    case CloudReceipt::Fate::late:
      return ExchangeEnd::late;
    case CloudReceipt::Fate::skipped:
      return ExchangeEnd::skipped;
    case CloudReceipt::Fate::refused:
      return ExchangeEnd::refused;
    case CloudReceipt::Fate::unsent:
      return ExchangeEnd::unsent;
    case CloudReceipt::Fate::lost:
      break;
  }
  return ExchangeEnd::lost;
}

/// Passes on what became of requests, as long as there is a run to tell. Thread-safe.
class Receipts {
 public:
  explicit Receipts(LinkMonitor* link) : link_(link) {}

  void tell(const Stamp& stamp, TimePoint asked, const CloudReceipt& receipt) {
    const std::lock_guard lock(mutex_);
    if (!link_) return;
    link_->ended(stamp.stream, stamp.frame, {end_of(receipt.fate), receipt.worker, receipt.service},
                 asked + receipt.elapsed);
  }
  void close() {
    const std::lock_guard lock(mutex_);
    link_ = nullptr;
  }

 private:
  std::mutex mutex_;
  LinkMonitor* link_;
};

class RemoteStage final : public Stage {
 public:
  RemoteStage(std::shared_ptr<const RemotePart> part, std::shared_ptr<CloudClient> client)
      : part_(std::move(part)), client_(std::move(client)) {}

  Status open(OpenContext& cx) override {
    for (const std::string& stream : cx.streams()) streams_.push_back(stream);
    link_ = cx.link();
    if (link_) receipts_ = std::make_shared<Receipts>(link_);
    if (part_->fallback) {
      auto standby = Standby::open(*part_, cx);
      if (!standby) return Status(standby.error());
      standby_ = std::move(*standby);
    }
    return meet_worker(*part_, *client_, standby_ != nullptr, cx);
  }

  Status process(Context& cx) override {
    const Result<CloudAnswer> answer = ask(cx);
    if (!answer) return answer.error();
    Reason missing = reason_of(*answer);
    if (answer->ending == Ending::result) {
      const Status status = emit_answer(cx, *answer);
      if (status) return {};
      missing = Reason::intern("cloud:corrupt");
      if (damaged_.fetch_add(1) < 3) cx.warn(concat("an answer cannot be read: ", status.error().text));
    }
    answer_without_cloud(cx, missing);
    return {};
  }

  Status close() override {
    if (receipts_) receipts_->close();
    return standby_ ? standby_->close() : Status();
  }

 private:
  Result<CloudAnswer> ask(Context& cx) {
    const Stamp& stamp = cx.stamp();
    const auto body = write_request(*part_, streams_.at(stamp.stream), cx);
    if (!body) return fail(body.error());
    CloudReceiptHandler receipt;
    if (link_) {
      const TimePoint asked = cx.now();
      link_->asked(stamp.stream, stamp.frame, (*body)->bytes, asked);
      receipt = [receipts = receipts_, stamp, asked](const CloudReceipt& made) { receipts->tell(stamp, asked, made); };
    }
    return client_->begin(part_->service, *body, budget_of(cx), order_.fetch_add(1), 0, std::move(receipt)).wait();
  }

  /// What is left for the cloud: the frame's time less what has to happen after it.
  Duration budget_of(const Context& cx) const {
    const Duration remaining = cx.remaining();
    if (remaining == Duration::max()) return remaining;
    return remaining - kAfterwards - (standby_ ? standby_->expected() : Duration(0));
  }

  Status emit_answer(Context& cx, const CloudAnswer& answer) {
    std::vector<const PayloadCodec*> codecs;
    std::vector<detail::PoolBase*> pools;
    for (const PortInfo& port : part_->outputs) {
      codecs.push_back(find_codec(port.types.front()->name));
      pools.push_back(&PortAccess::pool(cx, port.id));
    }
    auto read = read_outputs(answer, codecs, pools);
    if (!read) return read.error();
    std::vector<DecodedPacket>& decoded = *read;
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
  LinkMonitor* link_ = nullptr;
  std::shared_ptr<Receipts> receipts_;
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
  if (part->parted) return make_parted_remote_stage(std::move(part), std::move(client));
  return std::make_unique<RemoteStage>(std::move(part), std::move(client));
}

}  // namespace weir
