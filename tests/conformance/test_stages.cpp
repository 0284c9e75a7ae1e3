// SPDX-License-Identifier: Apache-2.0
#include "pipeline/payloads.hpp"
#include "tests/conformance/script.hpp"

namespace weir::test {

namespace {

/// Brackets one call: waits for the script's leave to go on, and reports the end.
class Call {
 public:
  Call(const std::string& stage, Context& cx, bool source = false) : stage_(stage) {
    passed_ = Script::current().enter(stage, [&cx, source] { return source && cx.stopping(); });
  }
  ~Call() { Script::current().leave(stage_); }
  bool passed() const { return passed_; }

 private:
  const std::string& stage_;
  bool passed_ = false;
};

class Named : public Stage {
 public:
  Status open(OpenContext& cx) override {
    name_ = cx.stage_name();
    return {};
  }

 protected:
  std::string name_;
};

class Source : public Named {
 public:
  static constexpr Out<Number> out{"out", "the frame's number"};
  static constexpr Param<std::int64_t> frames{{.name = "frames", .help = "how many"}, std::int64_t{10}};
  static constexpr Param<std::int64_t> bad{{.name = "bad", .help = "frame that does not decode"}, std::int64_t{-1}};
  static constexpr Param<Duration> period{{.name = "period", .help = "between frames"}, std::chrono::milliseconds(100)};
  static constexpr std::array outputs{out.info()};
  static constexpr std::array params{frames.info(), bad.info(), period.info()};
  static constexpr Execution execution{.source = true};

  Status open(OpenContext& cx) override {
    frames_ = cx.param(frames);
    bad_ = cx.param(bad);
    period_ = cx.param(period);
    return Named::open(cx);
  }
  Status process(Context& cx) override {
    const Call call(name_, cx, true);
    if (next_ >= frames_ || !call.passed()) {
      cx.end_of_stream();
      return {};
    }
    cx.set_media_time(next_ * period_);
    if (next_ == bad_) {
      cx.drop(Reasons::decode_error);
    } else {
      cx.emit(out).value = next_;
    }
    ++next_;
    return {};
  }

 private:
  std::int64_t frames_ = 0;
  std::int64_t bad_ = -1;
  std::int64_t next_ = 0;
  Duration period_{};
};

class Live final : public Source {
 public:
  static constexpr Execution execution{.source = true, .live = true};
};

/// Passes its number on, plus `add`; fails or drops where told.
class Worker : public Named {
 public:
  static constexpr In<Number> in{"in", "a number"};
  static constexpr Out<Number> out{"out", "the same"};
  static constexpr Param<std::int64_t> fail_at{{.name = "fail_at", .help = "frame that fails"}, std::int64_t{-1}};
  static constexpr Param<std::int64_t> drop_odd{{.name = "drop_odd", .help = "gives odd frames up"}, std::int64_t{0}};
  static constexpr std::array inputs{in.info()};
  static constexpr std::array outputs{out.info()};
  static constexpr std::array params{fail_at.info(), drop_odd.info()};

  Status open(OpenContext& cx) override {
    fail_at_ = cx.param(fail_at);
    drop_odd_ = cx.param(drop_odd) != 0;
    return Named::open(cx);
  }
  Status process(Context& cx) override {
    const Call call(name_, cx);
    const std::int64_t value = cx.get(in)->value;
    Script::current().note(name_, value);
    if (value == fail_at_) return {Code::internal, "was told to fail"};
    if (drop_odd_ && value % 2 == 1) {
      cx.drop(Reason::intern("odd"));
      return {};
    }
    cx.forward(out, cx.packet(in));
    return {};
  }

 private:
  std::int64_t fail_at_ = -1;
  bool drop_odd_ = false;
};

class Parallel final : public Worker {
 public:
  static constexpr Execution execution{.concurrency = Concurrency::parallel};
};
class PerStream final : public Worker {
 public:
  static constexpr Execution execution{.concurrency = Concurrency::serial_per_stream};
};

class Batch final : public Named {
 public:
  static constexpr In<Number> in{"in", "a number"};
  static constexpr Out<Number> out{"out", "frames in this call"};
  static constexpr std::array inputs{in.info()};
  static constexpr std::array outputs{out.info()};
  static constexpr Execution execution{.batches = true};
  Status process(Context& cx) override {
    const Call call(name_, cx);
    Script::current().note(name_, static_cast<std::int64_t>(cx.count()));
    for (std::size_t i = 0; i < cx.count(); ++i) cx.item(i).emit(out).value = cx.item(i).get(in)->value;
    return {};
  }
};

class Join final : public Named {
 public:
  static constexpr In<Number> a{"a", "required"};
  static constexpr In<Number> b{"b", "required"};
  static constexpr In<Number> c{"c", "optional", Need::optional};
  static constexpr Out<Number> out{"out", "a"};
  static constexpr std::array inputs{a.info(), b.info(), c.info()};
  static constexpr std::array outputs{out.info()};
  Status process(Context& cx) override {
    const Call call(name_, cx);
    if (cx.get(a)->value != cx.get(b)->value) return {Code::internal, "the inputs are of different frames"};
    Script::current().note(name_, cx.get(c) ? cx.get(c)->value : -1);
    cx.forward(out, cx.packet(a));
    return {};
  }
};

/// Notes what its feedback input shows.
class Loop final : public Named {
 public:
  static constexpr In<Number> in{"in", "a number"};
  static constexpr In<Number> back{"back", "from further down", Need::optional};
  static constexpr Out<Number> out{"out", "the number"};
  static constexpr std::array inputs{in.info(), back.info()};
  static constexpr std::array outputs{out.info()};
  Status process(Context& cx) override {
    const Call call(name_, cx);
    const std::int64_t shown = cx.get(back) ? cx.get(back)->value : -1;
    Script::current().note(name_, shown);
    cx.emit(out).value = cx.get(in)->value;
    return {};
  }
};

class Sink final : public Named {
 public:
  static constexpr In<Number> in{"in", "a number"};
  static constexpr std::array inputs{in.info()};
  static constexpr Execution execution{.blocking = true};
  Status process(Context& cx) override {
    const Call call(name_, cx);
    Script::current().note(name_, cx.get(in)->value);
    return {};
  }
};

}  // namespace

Registry test_registry() {
  Registry registry;
  const bool added = registry.add<Source>("test.source") && registry.add<Live>("test.live") &&
                     registry.add<Worker>("test.worker") && registry.add<Parallel>("test.parallel") &&
                     registry.add<PerStream>("test.per_stream") && registry.add<Batch>("test.batch") &&
                     registry.add<Join>("test.join") && registry.add<Loop>("test.loop") &&
                     registry.add<Sink>("sink.test");
  if (!added) std::abort();
  return registry;
}

}  // namespace weir::test
