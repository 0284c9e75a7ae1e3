// SPDX-License-Identifier: Apache-2.0
#include "pipeline/channel/parted_remote_stage.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>

#include "pipeline/base/concat.hpp"
#include "pipeline/channel/cloud_answer.hpp"
#include "pipeline/channel/cloud_request.hpp"
#include "pipeline/channel/first_contact.hpp"
#include "pipeline/channel/port_access.hpp"
#include "pipeline/channel/standby.hpp"
#include "pipeline/payloads.hpp"

namespace weir {
namespace {

// A look at the whole frame is worth something for longer than the frame's answer is, but not for ever.
constexpr Duration kLongestLook = std::chrono::seconds(1);
constexpr std::size_t kMostLooks = 2;  // under way at a time, per stream; more would only queue up
constexpr std::uint8_t kAnswerPriority = 1, kLookPriority = 0;

/// A part that was asked for.
struct Asked {
  PartAnswer answer;
  CloudTicket ticket;
};

class PartedRemoteStage final : public Stage {
 public:
  PartedRemoteStage(std::shared_ptr<const RemotePart> part, std::shared_ptr<CloudClient> client)
      : part_(std::move(part)),
        client_(std::move(client)),
        codec_(*find_codec(part_->parted->whole->outputs.front().types.front()->name)),
        pool_(codec_.make_pool()) {}

  Status open(OpenContext& cx) override {
    for (const std::string& stream : cx.streams()) streams_.push_back(stream);
    looks_.resize(std::max<std::size_t>(streams_.size(), 1));
    realtime_ = cx.realtime();
    if (part_->fallback) {
      auto standby = Standby::open(*part_, cx);
      if (!standby) return Status(standby.error());
      standby_ = std::move(*standby);
    }
    return meet_worker(*part_, *client_, standby_ != nullptr, cx);
  }

  Status process(Context& cx) override {
    const Parts& parts = *PortAccess::input(cx, part_->inputs[part_->parts_input].id).get<Parts>();
    const std::uint64_t order = order_.fetch_add(1);
    std::vector<Asked> asked;
    for (const Part& piece : parts.items) {
      if (piece.kind == PartKind::low_resolution) continue;
      auto made = ask(cx, piece, budget_of(cx), order, kAnswerPriority);
      if (!made) return made.error();
      asked.push_back(std::move(*made));
    }
    if (Status status = look_around(cx, parts, order); !status) return status;
    std::size_t answered = 0;
    for (Asked& piece : asked) {
      finish(cx, piece);
      answered += piece.answer.status == PartStatus::ok ? 1 : 0;
    }
    if (standby_ && !asked.empty() && answered == 0 && standby_->answer(cx)) {
      cx.quality().outcome = std::max(cx.quality().outcome, Outcome::local);
    } else {
      put_out(cx, parts, asked);
    }
    return {};
  }

  Status close() override {
    looks_.clear();
    return standby_ ? standby_->close() : Status();
  }

 private:
  Result<Asked> ask(Context& cx, const Part& piece, Duration budget, std::uint64_t order, std::uint8_t priority) {
    Asked made{unanswered(piece, cx.stamp().frame), {}};
    const auto body = write_request(*part_, streams_.at(cx.stamp().stream), cx, &piece.image, part_->parts_input);
    if (!body) return fail(body.error());
    made.answer.bytes = (*body)->bytes;
    made.ticket = client_->begin(part_->service, *body, budget, order, priority);
    return made;
  }

  Duration budget_of(const Context& cx) const {
    const Duration remaining = cx.remaining();
    if (remaining == Duration::max()) return remaining;
    return remaining - afterwards(remaining) - (standby_ ? standby_->expected() : Duration(0));
  }

  /// Asks for the frame's low-resolution parts; one that finds too many under way is let go.
  Status look_around(Context& cx, const Parts& parts, std::uint64_t order) {
    for (const Part& piece : parts.items) {
      if (piece.kind != PartKind::low_resolution) continue;
      const std::lock_guard lock(mutex_);
      std::vector<Asked>& looks = looks_[cx.stamp().stream];
      if (looks.size() >= kMostLooks) continue;
      const Duration remaining = cx.remaining();
      const Duration budget = remaining == Duration::max() ? remaining : std::max(remaining, kLongestLook);
      auto made = ask(cx, piece, budget, order, kLookPriority);
      if (!made) return made.error();
      looks.push_back(std::move(*made));
    }
    return {};
  }

  /// Waits for the answer and reads it.
  void finish(Context& cx, Asked& piece) {
    const CloudAnswer answer = piece.ticket.wait();
    PartAnswer& made = piece.answer;
    made.worker = answer.worker;
    made.service = answer.service;
    made.elapsed = answer.elapsed;
    if (answer.ending == Ending::result) {
      const PayloadCodec* codecs[] = {&codec_};
      detail::PoolBase* pools[] = {pool_.get()};
      auto read = read_outputs(answer, codecs, pools);
      if (read && (*read)[0].packet) {
        (*read)[0].header->stamp = cx.stamp();
        made.answer = std::move((*read)[0].packet);
        made.status = PartStatus::ok;
        return;
      }
      made.status = PartStatus::nack;
      made.reason = read ? Reasons::no_output : Reason::intern("cloud:corrupt");
      if (!read && damaged_.fetch_add(1) < 3) cx.warn(concat("an answer cannot be read: ", read.error().text));
      return;
    }
    made.reason = reason_of(answer);
    made.status = answer.ending == Ending::expired ? PartStatus::expired
                  : answer.reason == "worker_lost" ? PartStatus::lost
                                                   : PartStatus::nack;
  }

  void put_out(Context& cx, const Parts& parts, std::vector<Asked>& asked) {
    const PortInfo& port = part_->outputs.front();
    auto* made = static_cast<detail::Pool<PartAnswers>&>(PortAccess::pool(cx, port.id)).take();
    const Packet packet(made);
    PartAnswers& answers = made->value;
    answers.frame_width = parts.frame_width;
    answers.frame_height = parts.frame_height;
    for (Asked& piece : asked) answers.items.push_back(std::move(piece.answer));
    for (Asked& look : take_looks(cx.stamp())) {
      finish(cx, look);
      answers.items.push_back(std::move(look.answer));
    }
    PortAccess::set_output(cx, port.id, packet, made);
  }

  /// The looks that are done. Outside real time there is no hurry: then those of earlier frames are waited for, so that
  /// a recording gives the same answers on every machine (with one frame in flight).
  std::vector<Asked> take_looks(const Stamp& stamp) {
    std::vector<Asked> done;
    const std::lock_guard lock(mutex_);
    std::vector<Asked>& looks = looks_[stamp.stream];
    for (std::size_t i = 0; i < looks.size();) {
      const std::uint64_t of = looks[i].answer.frame;
      const bool due = realtime_ ? of <= stamp.frame && looks[i].ticket.done() : of < stamp.frame;
      if (!due) {
        ++i;
        continue;
      }
      done.push_back(std::move(looks[i]));
      looks.erase(looks.begin() + static_cast<std::ptrdiff_t>(i));
    }
    return done;
  }

  const std::shared_ptr<const RemotePart> part_;
  const std::shared_ptr<CloudClient> client_;
  const PayloadCodec& codec_;
  const std::shared_ptr<detail::PoolBase> pool_;
  std::unique_ptr<Standby> standby_;
  std::vector<std::string> streams_;
  bool realtime_ = false;
  std::atomic<std::uint64_t> order_{0};
  std::atomic<int> damaged_{0};

  std::mutex mutex_;                       // guards looks_
  std::vector<std::vector<Asked>> looks_;  // by stream: low-resolution parts under way
};

}  // namespace

std::unique_ptr<Stage> make_parted_remote_stage(std::shared_ptr<const RemotePart> part,
                                                std::shared_ptr<CloudClient> client) {
  return std::make_unique<PartedRemoteStage>(std::move(part), std::move(client));
}

}  // namespace weir
