// SPDX-License-Identifier: Apache-2.0
// Codes that cross in pieces, from a device to a worker over a real link.
#include <gtest/gtest.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>

#include "pipeline/channel/worker.hpp"
#include "pipeline/launch_file.hpp"
#include "pipeline/runtime.hpp"
#include "pipeline/split.hpp"
#include "tests/pipeline/channel/cloud_stages.hpp"

namespace weir::test {
namespace {

/// Codes of 30 bytes, to cross in three pieces.
class CodeSource final : public Stage {
 public:
  static constexpr Out<CodedFrame> code{"code", "bytes that count up"};
  static constexpr std::array outputs{code.info()};
  static constexpr Execution execution{.source = true};

  Status process(Context& cx) override {
    if (next_ == 3) {
      cx.end_of_stream();
      return {};
    }
    CodedFrame& made = cx.emit(code);
    made.rung = 0;
    made.frame_width = made.frame_height = made.width = made.height = 32;
    made.ends = {10, 20, 30};
    made.fill([](std::vector<std::uint8_t>& bytes) {
      bytes.resize(30);
      for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i);
      return true;
    });
    cx.set_media_time(std::chrono::milliseconds(50 * next_++));
    return {};
  }

 private:
  int next_ = 0;
};

/// Holds calls up until it is opened. Thread-safe.
class Gate {
 public:
  static Gate& of_this_test() {
    static Gate gate;
    return gate;
  }
  void set(bool open) {
    const std::lock_guard lock(mutex_);
    open_ = open;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
};

/// One box at the number of bytes, as long as they count up; for more than `slow_from` of them it waits at the gate.
class CodeSee final : public Stage {
 public:
  static constexpr In<CodedFrame> code{"code", "to look at"};
  static constexpr Out<Detections> found{"found", "one box"};
  static constexpr Param<std::int64_t> slow_from{{.name = "slow_from", .help = "bytes"}, std::int64_t{1000}};
  static constexpr std::array inputs{code.info()};
  static constexpr std::array outputs{found.info()};
  static constexpr std::array params{slow_from.info()};
  static constexpr Execution execution{.concurrency = Concurrency::serial_per_stream, .any_order = true};

  Status process(Context& cx) override {
    const auto bytes = cx.get(code)->bytes;
    if (static_cast<std::int64_t>(bytes.size()) > cx.param(slow_from)) Gate::of_this_test().pass();
    std::size_t good = 0;
    while (good < bytes.size() && bytes[good] == good) ++good;
    Detections& out = cx.emit(found);
    const auto at = static_cast<float>(good);
    out.items.push_back({{at, 1, at + 4, 6}, 0.5F, 0});
    out.classes = std::make_shared<ClassNames>(ClassNames{"thing"});
    out.frame_width = out.frame_height = 100;
    return {};
  }
};

class PiecesRun : public testing::Test {
 protected:
  PiecesRun() {
    Answers::of_this_test().clear();
    EXPECT_TRUE(registry_.add<CodeSource>("ingest.codes"));
    EXPECT_TRUE(registry_.add<CodeSee>("infer.codes"));
  }

  RunReport run(const std::string& deadline, const std::string& more, bool remote) {
    const std::string yaml = "deadline: " + deadline +
                             "\nstages:\n  camera: {use: ingest.codes}\n  see: {use: infer.codes, in: camera" + more +
                             ", place: cloud}\n  end: {use: sink.answers, in: see}\n";
    const std::string address = "unix:@weir-pieces-" + std::to_string(getpid());
    auto spec = parse_launch(yaml, registry_);
    EXPECT_TRUE(spec) << format_diagnostics("test", spec.error());
    std::unique_ptr<Worker> worker;
    if (remote) {
      WorkerOptions options;
      options.listen = {address};
      options.graphs.push_back(*spec);
      auto started = Worker::start(std::move(options));
      EXPECT_TRUE(started) << started.error().text;
      worker = std::move(*started);
      spec->cloud.workers = {address};
    }
    auto runtime = Runtime::create(std::move(*spec), {.realtime = true});
    EXPECT_TRUE(runtime) << runtime.error().text;
    Gate::of_this_test().set(false);
    EXPECT_TRUE((*runtime)->start());
    EXPECT_TRUE((*runtime)->wait());
    Gate::of_this_test().set(true);  // the worker ends when its calls have
    return (*runtime)->snapshot();
  }

  Registry registry_ = cloud_registry();
};

TEST_F(PiecesRun, AllThatCameInTimeIsAnsweredFrom) {
  for (const bool remote : {false, true}) {
    EXPECT_EQ(run("20 s", "", remote).frames.full, 3U) << remote;
    for (const auto& [frame, answer] : Answers::of_this_test().all()) EXPECT_EQ(answer.left, 30) << frame;
  }
}

TEST_F(PiecesRun, WhatIsLateLeavesAnAnswerFromThePiecesBefore) {
  RunReport report;
  // The answer leaves 12 ms before the deadline, which a busy machine may miss.
  for (int attempt = 0; attempt < 5 && report.frames.partial == 0; ++attempt) {
    Answers::of_this_test().clear();
    report = run("500 ms", ", slow_from: 25", true);
    EXPECT_EQ(report.frames.full, 0U);
  }
  ASSERT_GE(report.frames.partial, 1U);
  const auto first = Answers::of_this_test().all().begin()->second;
  EXPECT_EQ(first.left, 10) << "the second piece was early, so that the third was waited for";
  EXPECT_EQ(first.outcome, Outcome::partial);
  EXPECT_EQ(first.worker, 0);
}

}  // namespace
}  // namespace weir::test
