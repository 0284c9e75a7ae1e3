// SPDX-License-Identifier: Apache-2.0
#include "pipeline/channel/remote_stage.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <mutex>
#include <numeric>
#include <string>
#include <utility>

#include "pipeline/base/concat.hpp"
#include "pipeline/channel/cloud_answer.hpp"
#include "pipeline/channel/cloud_request.hpp"
#include "pipeline/channel/first_contact.hpp"
#include "pipeline/channel/parted_remote_stage.hpp"
#include "pipeline/channel/pieces.hpp"
#include "pipeline/channel/port_access.hpp"
#include "pipeline/channel/standby.hpp"
#include "pipeline/link_monitor.hpp"
#include "pipeline/payloads.hpp"

namespace weir {
namespace {

// An answer from part of a frame's pieces always leaves at the last moment: a thread that wakes late must not cost it.
constexpr Duration kLastMoment = std::chrono::milliseconds(10);

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

  void tell(const Stamp& stamp, TimePoint asked, const CloudReceipt& receipt,
            std::optional<std::size_t> bytes = std::nullopt) {
    const std::lock_guard lock(mutex_);
    if (!link_) return;
    link_->ended(stamp.stream, stamp.frame, {end_of(receipt.fate), receipt.worker, receipt.service, bytes},
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
    Result<std::vector<CloudTicket>> asked = ask(cx);
    if (!asked) return asked.error();
    std::vector<CloudTicket>& tickets = *asked;
    Reason missing = Reasons::none;
    // The answer to the last piece is made from all of them.
    for (std::size_t i = tickets.size(); i-- > 0;) {
      const CloudAnswer answer = tickets[i].wait();
      if (i + 1 == tickets.size()) missing = reason_of(answer);
      if (answer.ending != Ending::result) continue;
      const auto emitted = emit_answer(cx, answer);
      if (!emitted) {
        missing = Reason::intern("cloud:corrupt");
        if (damaged_.fetch_add(1) < 3) cx.warn(concat("an answer cannot be read: ", emitted.error().text));
      } else if (*emitted || tickets.size() == 1) {
        note_pieces(cx, i + 1, tickets.size());
        return {};
      }
    }
    answer_without_cloud(cx, missing);
    return {};
  }

  Status close() override {
    if (receipts_) receipts_->close();
    return standby_ ? standby_->close() : Status();
  }

 private:
  /// Asks for the frame, or for each of the pieces that its code is to cross in.
  Result<std::vector<CloudTicket>> ask(Context& cx) {
    const std::string& stream = streams_.at(cx.stamp().stream);
    std::vector<std::shared_ptr<const Body>> bodies;
    for (std::size_t input = 0; input < part_->inputs.size(); ++input) {
      const Packet& packet = PortAccess::input(cx, part_->inputs[input].id);
      const auto* code = packet.get<CodedFrame>();
      if (!code || code->ends.size() < 2) continue;
      for (std::size_t i = 0; i < code->ends.size(); ++i) {
        const Packet piece = piece_of(packet, *code, i);
        auto body = write_request(*part_, stream, cx, &piece, input);
        if (!body) return fail(body.error());
        bodies.push_back(std::move(*body));
      }
      break;
    }
    if (bodies.empty()) {
      auto body = write_request(*part_, stream, cx);
      if (!body) return fail(body.error());
      bodies.push_back(std::move(*body));
    }
    return send(cx, bodies);
  }

  Packet piece_of(const Packet& packet, const CodedFrame& code, std::size_t i) {
    auto* made = static_cast<detail::Pool<CodedFrame>&>(*pieces_).take();
    CodedFrame& piece = made->value;
    piece.describe_as(code);
    piece.piece = static_cast<std::uint16_t>(i);
    piece.pieces = static_cast<std::uint16_t>(code.ends.size());
    const std::size_t from = i == 0 ? 0 : code.ends[i - 1];
    piece.adopt(code.bytes.subspan(from, code.ends[i] - from), std::make_shared<Packet>(packet));
    return Packet(made);
  }

  std::vector<CloudTicket> send(Context& cx, const std::vector<std::shared_ptr<const Body>>& bodies) {
    Duration budget = budget_of(cx);
    if (bodies.size() > 1 && budget != Duration::max()) budget -= kLastMoment;
    const std::uint64_t order = order_.fetch_add(1) * kMostPieces;
    const auto receipts = link_ ? expect_receipts(cx, bodies) : nullptr;
    std::vector<CloudTicket> tickets;
    for (std::size_t i = 0; i < bodies.size(); ++i) {
      CloudReceiptHandler receipt;
      if (receipts) receipt = [receipts, i](const CloudReceipt& made) { receipts->tell(i, made); };
      // Newer frames go first, and of a frame its first pieces.
      const std::uint64_t rank = order + (kMostPieces - 1 - i);
      tickets.push_back(client_->begin(part_->service, bodies[i], budget, rank, 0, std::move(receipt)));
    }
    return tickets;
  }

  /// Tells the monitor that the frame is under way, and what became of all its requests together once that is known.
  std::shared_ptr<PieceReceipts> expect_receipts(Context& cx, const std::vector<std::shared_ptr<const Body>>& bodies) {
    const Stamp& stamp = cx.stamp();
    std::vector<std::size_t> bytes;
    for (const auto& body : bodies) bytes.push_back(body->bytes);
    const std::size_t all = std::accumulate(bytes.begin(), bytes.end(), std::size_t{0});
    const TimePoint asked = cx.now();
    link_->asked(stamp.stream, stamp.frame, all, asked);
    const bool whole = bodies.size() == 1;
    return std::make_shared<PieceReceipts>(
        std::move(bytes), [to = receipts_, stamp, asked, whole](const CloudReceipt& made, std::size_t came) {
          to->tell(stamp, asked, made, whole ? std::nullopt : std::optional(came));
        });
  }

  /// How many pieces of the frame's code its answer was made from.
  static void note_pieces(Context& cx, std::size_t used, std::size_t pieces) {
    if (pieces == 1) return;
    Quality& quality = cx.quality();
    quality.parts = static_cast<std::uint16_t>(pieces);
    quality.parts_ok = static_cast<std::uint16_t>(used);
    if (used == pieces) return;
    quality.outcome = std::max(quality.outcome, Outcome::partial);
    quality.expected_accuracy = std::numeric_limits<float>::quiet_NaN();  // the ladder tells of whole codes alone
  }

  /// What is left for the cloud: the frame's time less what has to happen after it.
  Duration budget_of(const Context& cx) const {
    const Duration remaining = cx.remaining();
    if (remaining == Duration::max()) return remaining;
    return remaining - afterwards(remaining) - (standby_ ? standby_->expected() : Duration(0));
  }

  /// Whether the worker put anything out.
  Result<bool> emit_answer(Context& cx, const CloudAnswer& answer) {
    std::vector<const PayloadCodec*> codecs;
    std::vector<detail::PoolBase*> pools;
    for (const PortInfo& port : part_->outputs) {
      codecs.push_back(find_codec(port.types.front()->name));
      pools.push_back(&PortAccess::pool(cx, port.id));
    }
    auto read = read_outputs(answer, codecs, pools);
    if (!read) return fail(read.error());
    bool emitted = false;
    std::vector<DecodedPacket>& decoded = *read;
    for (std::size_t i = 0; i < decoded.size(); ++i) {
      if (!decoded[i].packet) continue;
      emitted = true;
      remember(decoded[i].packet);
      PortAccess::set_output(cx, part_->outputs[i].id, std::move(decoded[i].packet), decoded[i].header);
    }
    if (emitted) cx.quality().worker = static_cast<std::int16_t>(answer.worker);
    return emitted;
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
  const std::shared_ptr<detail::PoolBase> pieces_ = std::make_shared<detail::Pool<CodedFrame>>();
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
