// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "pipeline/channel/port_access.hpp"
#include "pipeline/parts/frame_decoder.hpp"
#include "pipeline/parts/parted_stage.hpp"
#include "pipeline/payloads.hpp"

namespace weir {
namespace {

/// The frame's call with one part in place of all of them.
class PartContext final : public Context {
 public:
  PartContext(const PartedStage& parted, Context& cx, const Packet& image, detail::PoolBase& pool)
      : parted_(parted), cx_(cx), image_(image), pool_(pool) {}

  /// What the stage put out, immutable from now on; empty when it put out nothing.
  Packet take_answer() {
    if (fresh_) {
      fresh_->stamp = cx_.stamp();
      fresh_->quality = quality_;
      fresh_ = nullptr;
    }
    return std::move(answer_);
  }
  Reason dropped() const { return dropped_; }

  void drop(Reason reason) override { dropped_ = reason; }
  const Stamp& stamp() const override { return cx_.stamp(); }
  Quality& quality() override { return quality_; }
  Duration remaining() const override { return cx_.remaining(); }
  TimePoint now() const override { return cx_.now(); }
  bool stopping() const override { return cx_.stopping(); }
  void set_media_time(Duration) override {}
  void end_of_stream() override {}
  void warn(std::string text) override { cx_.warn(std::move(text)); }

 private:
  const Packet& input(const void* id) const override {
    return id == parted_.inputs[parted_.input].id ? image_ : PortAccess::input(cx_, id);
  }
  detail::PoolBase& pool(const void*) override { return pool_; }
  void set_output(const void*, Packet packet, detail::PacketHeader* fresh) override {
    answer_ = std::move(packet);
    fresh_ = fresh;
  }
  const ParamValue& value_of(const void* id) const override { return PortAccess::value(cx_, id); }

  const PartedStage& parted_;
  Context& cx_;
  const Packet& image_;
  detail::PoolBase& pool_;
  Quality quality_;
  Reason dropped_;
  Packet answer_;
  detail::PacketHeader* fresh_ = nullptr;
};

class EachPartStage final : public Stage {
 public:
  explicit EachPartStage(std::shared_ptr<const PartedStage> parted)
      : parted_(std::move(parted)),
        stage_(parted_->whole->make()),
        pool_(parted_->whole->outputs.front().make_pool()),
        images_(std::make_shared<detail::Pool<Frame>>()) {}

  Status open(OpenContext& cx) override {
    late_.resize(std::max<std::size_t>(cx.streams().size(), 1));
    return stage_->open(cx);
  }

  Status process(Context& cx) override {
    const Parts& parts = *PortAccess::input(cx, parted_->inputs[parted_->input].id).get<Parts>();
    const void* port = parted_->outputs.front().id;
    auto* made = static_cast<detail::Pool<PartAnswers>&>(PortAccess::pool(cx, port)).take();
    const Packet packet(made);
    PartAnswers& answers = made->value;
    answers.frame_width = parts.frame_width;
    answers.frame_height = parts.frame_height;
    if (Status status = answer(cx, parts, false, answers.items); !status) return status;
    std::vector<PartAnswer>& late = late_[cx.stamp().stream];
    std::move(late.begin(), late.end(), std::back_inserter(answers.items));
    late.clear();
    if (Status status = answer(cx, parts, true, late); !status) return status;
    PortAccess::set_output(cx, port, packet, made);
    return {};
  }

  Status close() override {
    late_.clear();
    return stage_->close();
  }

 private:
  Status answer(Context& cx, const Parts& parts, bool low_resolution, std::vector<PartAnswer>& to) {
    for (const Part& part : parts.items) {
      if ((part.kind == PartKind::low_resolution) != low_resolution) continue;
      const TimePoint begin = cx.now();
      PartAnswer& made = to.emplace_back(unanswered(part, cx.stamp().frame));
      auto image = decoded(part.image, *images_);
      if (!image) return image.error();
      PartContext own(*parted_, cx, *image, *pool_);
      if (Status status = stage_->process(own); !status) return status;
      made.answer = own.take_answer();
      made.service = made.elapsed = cx.now() - begin;
      made.status = made.answer ? PartStatus::ok : PartStatus::nack;
      made.reason = made.answer ? Reasons::none : own.dropped() == Reasons::none ? Reasons::no_output : own.dropped();
    }
    return {};
  }

  const std::shared_ptr<const PartedStage> parted_;
  const std::unique_ptr<Stage> stage_;
  const std::shared_ptr<detail::PoolBase> pool_;
  const std::shared_ptr<detail::Pool<Frame>> images_;
  std::vector<std::vector<PartAnswer>> late_;  // by stream: low-resolution answers for its next frame
};

}  // namespace

std::unique_ptr<Stage> make_each_part_stage(std::shared_ptr<const PartedStage> parted) {
  return std::make_unique<EachPartStage>(std::move(parted));
}

}  // namespace weir
