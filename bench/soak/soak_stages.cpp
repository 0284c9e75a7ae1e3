// SPDX-License-Identifier: Apache-2.0
#include "bench/soak/soak_stages.hpp"

#include <array>
#include <memory>

#include "bench/common/machine.hpp"
#include "pipeline/payloads.hpp"

namespace weir::bench {
namespace {

MemoryTrace* current_trace = nullptr;

/// Passes frames on and notes how much memory is in use.
class Gauge final : public Stage {
 public:
  static constexpr In<Frame> in{"in", "an image"};
  static constexpr Out<Frame> out{"out", "the same"};
  static constexpr std::array inputs{in.info()};
  static constexpr std::array outputs{out.info()};

  Status open(OpenContext&) override {
    trace_ = current_trace;
    return {};
  }
  Status process(Context& cx) override {
    if (seen_++ % trace_->every == 0) trace_->bytes.push_back(resident_bytes());
    cx.forward(out, cx.packet(in));
    return {};
  }
  Status close() override {
    trace_->bytes.push_back(resident_bytes());
    return {};
  }

 private:
  MemoryTrace* trace_ = nullptr;
  std::uint64_t seen_ = 0;
};

/// Passes frames on, several at once.
class Wide final : public Stage {
 public:
  static constexpr In<Frame> in{"in", "an image"};
  static constexpr Out<Frame> out{"out", "the same"};
  static constexpr std::array inputs{in.info()};
  static constexpr std::array outputs{out.info()};
  static constexpr Execution execution{.concurrency = Concurrency::parallel};

  Status process(Context& cx) override {
    cx.forward(out, cx.packet(in));
    return {};
  }
};

/// Passes frames on but gives some up and fails at others.
class Fault final : public Stage {
 public:
  static constexpr In<Frame> in{"in", "an image"};
  static constexpr Out<Frame> out{"out", "the same"};
  static constexpr Param<std::int64_t> drop_every{{.name = "drop_every", .help = "gives up each so-many-th frame"},
                                                  std::int64_t{89}};
  static constexpr Param<std::int64_t> fail_every{{.name = "fail_every", .help = "fails at each so-many-th frame"},
                                                  std::int64_t{997}};
  static constexpr std::array inputs{in.info()};
  static constexpr std::array outputs{out.info()};
  static constexpr std::array params{drop_every.info(), fail_every.info()};

  Status open(OpenContext& cx) override {
    drop_every_ = static_cast<std::uint64_t>(cx.param(drop_every));
    fail_every_ = static_cast<std::uint64_t>(cx.param(fail_every));
    return {};
  }
  Status process(Context& cx) override {
    const std::uint64_t frame = cx.stamp().frame;
    if (frame % fail_every_ == fail_every_ - 1) return {Code::internal, "fails here on purpose"};
    if (frame % drop_every_ == drop_every_ - 1) {
      cx.drop(given_up_);
      return {};
    }
    cx.forward(out, cx.packet(in));
    return {};
  }

 private:
  std::uint64_t drop_every_ = 1;
  std::uint64_t fail_every_ = 1;
  const Reason given_up_ = Reason::intern("given_up");
};

/// Takes the truth for detections; reads the tracks of the frame before.
class Boxes final : public Stage {
 public:
  static constexpr In<Frame> in{"in", "an image with truth"};
  static constexpr In<Tracks> last{"last", "tracks of an earlier frame", Need::optional};
  static constexpr Out<Detections> out{"out", "its objects"};
  static constexpr std::array inputs{in.info(), last.info()};
  static constexpr std::array outputs{out.info()};

  Status process(Context& cx) override {
    const Frame& frame = *cx.get(in);
    Detections& found = cx.emit(out);
    found.classes = classes_;
    found.frame_width = frame.image.width;
    found.frame_height = frame.image.height;
    for (const TruthBox& box : frame.truth) found.items.push_back({.box = box.box, .score = 0.9F, .class_id = 0});
    return {};
  }

 private:
  const ClassNamesPtr classes_ = std::make_shared<const ClassNames>(ClassNames{"object"});
};

/// Waits for a frame and its tracks, and passes the tracks on.
class Join final : public Stage {
 public:
  static constexpr In<Frame> frame{"frame", "an image"};
  static constexpr In<Tracks> tracks{"tracks", "its tracks"};
  static constexpr Out<Tracks> out{"out", "the tracks"};
  static constexpr std::array inputs{frame.info(), tracks.info()};
  static constexpr std::array outputs{out.info()};

  Status process(Context& cx) override {
    if (cx.get(frame)->image.width != cx.get(tracks)->frame_width)
      return {Code::internal, "inputs of different frames"};
    cx.forward(out, cx.packet(tracks));
    return {};
  }
};

}  // namespace

void use_trace(MemoryTrace& trace) { current_trace = &trace; }

Status add_soak_stages(Registry& registry) {
  for (const Status& status :
       {registry.add<Gauge>("bench.gauge"), registry.add<Wide>("bench.wide"), registry.add<Fault>("bench.fault"),
        registry.add<Boxes>("bench.boxes"), registry.add<Join>("bench.join")}) {
    if (!status) return status;
  }
  return {};
}

}  // namespace weir::bench
