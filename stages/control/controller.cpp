// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <deque>
#include <string>

#include "pipeline/payloads.hpp"
#include "pipeline/split.hpp"
#include "pipeline/stage.hpp"
#include "stages/control/ladder_file.hpp"
#include "stages/control/ladder_pair.hpp"
#include "stages/control/stages.hpp"
#include "stages/control/stream_controller.hpp"

namespace weir {
namespace {

// The setup of frames that nothing is sent for, by why: no rung was worth it, or they lie between those that are sent.
constexpr std::string_view kNone = "none", kHeld = "held";

/// Where nothing can be late: the fewest bytes among the rungs that are as good as the best, nearly.
std::int32_t unhurried(const Ladder& ladder) {
  constexpr double kNearly = 0.005;
  const double best = std::ranges::max_element(ladder.rungs, {}, &Rung::accuracy)->accuracy;
  std::int32_t chosen = -1;
  for (std::size_t i = 0; i < ladder.rungs.size(); ++i) {
    if (ladder.rungs[i].accuracy < best - kNearly) continue;
    if (chosen < 0 || ladder.rungs[i].bytes < ladder.rungs[static_cast<std::size_t>(chosen)].bytes)
      chosen = static_cast<std::int32_t>(i);
  }
  return chosen;
}

/// Chooses the rung of the rate ladder that each frame is sent with. Kind::policy names the policy.
template <typename Kind>
class Controller final : public Stage {
 public:
  static constexpr std::string_view summary = Kind::summary;

  static constexpr In<Frame> frame{"frame", "the frame to decide on"};
  static constexpr Out<Setup> setup{"setup", "the rung to send it with, for infer.head"};

  static constexpr Param<Path> ladder{
      {.name = "ladder", .help = "rate ladder that `pipeline profile` measured (JSON)", .required = true}};
  static constexpr Param<double> risk{
      {.name = "risk", .help = "share of the frames sent that may be late (mpc)", .min = 0, .max = 0.5}, 0.1};
  static constexpr Param<std::int64_t> horizon{
      {.name = "horizon", .help = "frames to look ahead (mpc)", .min = 1, .max = 16}, std::int64_t{5}};
  static constexpr Param<bool> even{
      {.name = "even",
       .help = "where the link does not bear the smallest rung for each frame, send every n-th frame, evenly spaced "
               "(mpc)"},
      false};
  static constexpr Param<std::string> rung{
      {.name = "rung", .help = "the rung of `fixed`, by name; empty: the best one below 25 kB"}, ""};

  static constexpr std::array inputs{frame.info()};
  static constexpr std::array outputs{setup.info()};
  static constexpr std::array params{ladder.info(), risk.info(), horizon.info(), even.info(), rung.info()};
  static constexpr Execution execution{.concurrency = Concurrency::serial_per_stream};

  Status open(OpenContext& cx) override {
    const std::string& file = cx.param(ladder).value;
    auto read = read_ladder_file(file);
    if (!read) return Status(read.error());
    unhurried_ = unhurried(*read);
    pair_ = ladder_pair(read->fingerprint);
    link_ = cx.link() ? cx.link() : &no_link_;
    decisions_ = cx.decisions();
    const PolicyOptions options{.horizon = static_cast<int>(cx.param(horizon)),
                                .risk = cx.param(risk),
                                .even = cx.param(even),
                                .fixed_rung = cx.param(rung),
                                .seed = cx.seed()};
    streams_.clear();
    for (StreamId stream = 0; stream < std::max<std::size_t>(1, cx.streams().size()); ++stream) {
      auto policy = make_policy(Kind::policy, *read, options);
      if (!policy) return {policy.error().code, file + ": " + policy.error().text};
      streams_.emplace_back(stream, std::move(*policy), *read);
    }
    return {};
  }

  Status process(Context& cx) override {
    StreamController& stream = streams_.at(cx.stamp().stream);
    stream.learn(*link_, decisions_);
    const TimePoint before = cx.now();
    Decision decision;
    if (cx.stamp().deadline == kNever) {
      decision.rung = unhurried_;
      stream.note_sent(cx.stamp(), unhurried_);
    } else {
      decision = stream.decide(cx.stamp(), *link_, before);
    }
    note(cx, stream, decision, cx.now() - before);
    Setup& out = cx.emit(setup);
    if (decision.rung < 0) return {};
    const Rung& chosen = stream.ladder().rungs[static_cast<std::size_t>(decision.rung)];
    out = {decision.rung, chosen.kind, chosen.setup, pair_, chosen.width, chosen.height, decision.progressive};
    cx.quality().setup = static_cast<std::int16_t>(decision.rung);
    cx.quality().expected_accuracy = static_cast<float>(chosen.accuracy);
    return {};
  }

  Status close() override {
    for (StreamController& stream : streams_) stream.learn(*link_, decisions_);  // what ended after the last frame
    return {};
  }

 private:
  void note(Context& cx, const StreamController& stream, const Decision& decision, Duration took) {
    if (!decisions_) return;
    const bool sends = decision.rung >= 0;
    decisions_->decided({.stream = cx.stamp().stream,
                         .frame = cx.stamp().frame,
                         .setup = sends ? stream.ladder().rungs[static_cast<std::size_t>(decision.rung)].name
                                        : std::string(decision.held ? kHeld : kNone),
                         .forecast = decision.forecast,
                         .on_time = decision.on_time,
                         .probe = decision.probe,
                         .fps_divisor = decision.fps_divisor,
                         .scale = decision.scale,
                         .took = took});
  }

  LinkMonitor no_link_;
  LinkMonitor* link_ = nullptr;
  DecisionLog* decisions_ = nullptr;
  std::int32_t unhurried_ = 0;
  std::uint64_t pair_ = 0;
  std::deque<StreamController> streams_;
};

struct Mpc {
  static constexpr std::string_view policy = "mpc";
  static constexpr std::string_view summary =
      "Chooses the rung of each frame by looking ahead: the most accurate that will be in time, at a given risk.";
};
struct Fixed {
  static constexpr std::string_view policy = "fixed";
  static constexpr std::string_view summary = "Sends every frame with the same rung, for comparison.";
};
struct Smallest {
  static constexpr std::string_view policy = "smallest";
  static constexpr std::string_view summary = "Sends every frame with the smallest rung, for comparison.";
};
struct Spinn {
  static constexpr std::string_view policy = "spinn";
  static constexpr std::string_view summary = "SPINN's scheduler (MobiCom 2020) over the ladder, for comparison.";
};
struct Clio {
  static constexpr std::string_view policy = "clio";
  static constexpr std::string_view summary =
      "CLIO's slices (MobiCom 2020), for comparison: features in pieces, answered from those that are there in time.";
};
struct Neurosurgeon {
  static constexpr std::string_view policy = "neurosurgeon";
  static constexpr std::string_view summary = "The rung of least latency, for comparison (ASPLOS 2017).";
};
struct RemoteJpeg {
  static constexpr std::string_view policy = "remote-jpeg";
  static constexpr std::string_view summary = "Chooses among the JPEG rungs alone, for comparison.";
};
struct RemoteH264 {
  static constexpr std::string_view policy = "remote-h264";
  static constexpr std::string_view summary = "Chooses among the H.264 rungs alone, for comparison.";
};
struct Local {
  static constexpr std::string_view policy = "local";
  static constexpr std::string_view summary = "Sends nothing: the device's own answers stand.";
};

template <typename... Kinds>
Status add_kinds(Registry& registry) {
  Status status;
  ((status = status ? registry.add<Controller<Kinds>>("control." + std::string(Kinds::policy)) : status), ...);
  return status;
}

}  // namespace

Status add_control_stages(Registry& registry) {
  return add_kinds<Mpc, Fixed, Smallest, Spinn, Clio, Neurosurgeon, RemoteJpeg, RemoteH264, Local>(registry);
}

}  // namespace weir
