// SPDX-License-Identifier: Apache-2.0
#include "bench/hop/hop_stages.hpp"

#include <cstdlib>
#include <memory>

#include "bench/common/heap_count.hpp"
#include "pipeline/payloads.hpp"

namespace weir::bench {
namespace {

constexpr int kWidth = 1920, kHeight = 1080;
const HopRun* current_run = nullptr;

class FrameSource final : public Stage {
 public:
  static constexpr Out<Frame> frame{"frame", "an image"};
  static constexpr std::array outputs{frame.info()};
  static constexpr Execution execution{.source = true};

  Status open(OpenContext&) override {
    run_ = current_run;
    if (run_->pixels) keeper_ = std::shared_ptr<const void>(run_->pixels, [](const void*) {});
    return {};
  }
  Status process(Context& cx) override {
    if (next_ == run_->probe->frames()) {
      cx.end_of_stream();
      return {};
    }
    run_->probe->await_turn(next_);
    if (run_->count_to > 0 && next_ == run_->count_from) heap_count::start();
    if (run_->count_to > 0 && next_ == run_->count_to) heap_count::stop();
    Frame& out = cx.emit(frame);
    if (run_->pixels) {
      out.adopt({run_->pixels, kWidth, kHeight, std::ptrdiff_t{3} * kWidth, PixelFormat::bgr8}, keeper_);
    } else {
      out.allocate(kWidth, kHeight, PixelFormat::bgr8);
    }
    run_->probe->made(next_++, out.image.data);
    return {};
  }

 private:
  const HopRun* run_ = nullptr;
  std::shared_ptr<const void> keeper_;
  std::uint64_t next_ = 0;
};

class Hop final : public Stage {
 public:
  static constexpr In<Frame> in{"in", "an image"};
  static constexpr Out<Frame> out{"out", "the same"};
  static constexpr Param<std::int64_t> index{{.name = "index", .help = "place in the chain", .required = true}};
  static constexpr std::array inputs{in.info()};
  static constexpr std::array outputs{out.info()};
  static constexpr std::array params{index.info()};

  Status open(OpenContext& cx) override {
    probe_ = current_run->probe;
    index_ = static_cast<std::size_t>(cx.param(index));
    return {};
  }
  Status process(Context& cx) override {
    const std::uint64_t number = cx.stamp().frame;
    probe_->arrived(index_, number);
    probe_->saw_pixels(number, cx.get(in)->image.data);
    cx.forward(out, cx.packet(in));
    return {};
  }

 private:
  HopProbe* probe_ = nullptr;
  std::size_t index_ = 0;
};

}  // namespace

void use_run(const HopRun& run) { current_run = &run; }

Registry hop_registry() {
  Registry registry;
  if (!registry.add<FrameSource>("bench.source") || !registry.add<Hop>("bench.hop")) std::abort();
  return registry;
}

std::string hop_launch() {
  std::string text = "name: hop\nstages:\n  source: {use: bench.source}\n";
  for (std::size_t i = 0; i < kHops; ++i) {
    const std::string number = std::to_string(i);
    text += "  hop" + number + ": {use: bench.hop, index: " + number +
            ", in: " + (i == 0 ? std::string("source") : "hop" + std::to_string(i - 1)) + "}\n";
  }
  return text;
}

}  // namespace weir::bench
