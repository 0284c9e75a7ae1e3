// SPDX-License-Identifier: Apache-2.0
// The sample whose answer is not boxes, on two workers over real links.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <map>
#include <mutex>

#include "pipeline/channel/worker.hpp"
#include "pipeline/launch_file.hpp"
#include "pipeline/runtime.hpp"
#include "samples/plugin_corners/corners.cpp"  // NOLINT: a plug-in has no header
#include "tests/samples/scene.hpp"

namespace weir::test {
namespace {

constexpr std::uint64_t kFrames = 12;

/// Pictures of 200 x 120 pixels, each drawn anew.
class Scenes final : public Stage {
 public:
  static constexpr Out<Frame> frame{"frame", "rectangles"};
  static constexpr std::array outputs{frame.info()};
  static constexpr Execution execution{.source = true};

  Status process(Context& cx) override {
    if (next_ == kFrames) {
      cx.end_of_stream();
      return {};
    }
    draw_scene(next_, cx.emit(frame).allocate(200, 120, PixelFormat::bgr8));
    cx.set_media_time(std::chrono::milliseconds(100 * next_++));
    return {};
  }

 private:
  std::uint64_t next_ = 0;
};

/// Four parts that overlap by the 10 pixels that the sample needs.
class Quarters final : public Stage {
 public:
  static constexpr In<Frame> frame{"frame", "to cut"};
  static constexpr Out<Parts> parts{"parts", "the quarters"};
  static constexpr std::array inputs{frame.info()};
  static constexpr std::array outputs{parts.info()};
  static constexpr Execution execution{.concurrency = Concurrency::serial_per_stream};

  Status process(Context& cx) override {
    const ImageView& image = cx.get(frame)->image;
    Parts& out = cx.emit(parts);
    out.frame_width = image.width;
    out.frame_height = image.height;
    const int width = image.width / 2 + 5, height = image.height / 2 + 5;
    for (const int top : {0, image.height - height}) {
      for (const int left : {0, image.width - width}) {
        auto* made = pool_->take();
        made->value.adopt(image.crop(left, top, width, height), std::make_shared<Packet>(cx.packet(frame)));
        const auto x = static_cast<float>(left), y = static_cast<float>(top);
        out.items.push_back(
            {{x, y, x + static_cast<float>(width), y + static_cast<float>(height)}, PartKind::crop, Packet(made)});
      }
    }
    return {};
  }

 private:
  const std::shared_ptr<detail::Pool<Frame>> pool_ = std::make_shared<detail::Pool<Frame>>();
};

using Found = std::vector<std::array<float, 3>>;

/// Keeps what was found, by frame. Thread-safe.
class Seen {
 public:
  static Seen& of_this_test() {
    static Seen seen;
    return seen;
  }
  void add(std::uint64_t frame, const acme::Corners& corners) {
    const std::lock_guard lock(mutex_);
    for (const acme::Corner& c : corners.items) by_frame_[frame].push_back({c.x, c.y, c.strength});
  }
  std::map<std::uint64_t, Found> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(by_frame_, {});
  }

 private:
  std::mutex mutex_;
  std::map<std::uint64_t, Found> by_frame_;
};

class Keep final : public Stage {
 public:
  static constexpr In<acme::Corners> in{"in", "corners"};
  static constexpr std::array inputs{in.info()};
  Status process(Context& cx) override {
    Seen::of_this_test().add(cx.stamp().frame, *cx.get(in));
    return {};
  }
};

constexpr const char* kWhole = R"(
stages:
  camera: {use: ingest.scenes}
  corners: {use: acme.corners, in: camera}
  end: {use: sink.keep, in: corners}
)";

constexpr const char* kWholeInTheCloud = R"(
stages:
  camera: {use: ingest.scenes}
  corners: {use: acme.corners, in: camera, place: cloud}
  end: {use: sink.keep, in: corners}
)";

constexpr const char* kParts = R"(
stages:
  camera: {use: ingest.scenes}
  cut: {use: partition.quarters, in: camera}
  corners: {use: acme.corners, in: cut, place: cloud}
  merge: {use: acme.merge_corners, in: corners}
  end: {use: sink.keep, in: merge}
)";

class CornersCloud : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(weir_plugin_register(&registry_));
    ASSERT_TRUE(registry_.add<Scenes>("ingest.scenes"));
    ASSERT_TRUE(registry_.add<Quarters>("partition.quarters"));
    ASSERT_TRUE(registry_.add<Keep>("sink.keep"));
  }

  GraphSpec parse(const std::string& yaml) {
    auto spec = parse_launch(yaml, registry_);
    EXPECT_TRUE(spec) << format_diagnostics("test", spec.error());
    return spec ? *spec : GraphSpec{};
  }
  std::string address(int worker) const {
    return "unix:@weir-test-" + std::to_string(getpid()) + "-" +
           testing::UnitTest::GetInstance()->current_test_info()->name() + std::to_string(worker);
  }
  std::unique_ptr<Worker> worker(const std::string& yaml, int number) {
    WorkerOptions options;
    options.listen = {address(number)};
    options.graphs.push_back(parse(yaml));
    auto started = Worker::start(std::move(options));
    EXPECT_TRUE(started) << started.error().text;
    return started ? std::move(*started) : nullptr;
  }
  std::map<std::uint64_t, Found> run(const std::string& yaml, int workers) {
    GraphSpec spec = parse(yaml);
    for (int i = 1; i <= workers; ++i) spec.cloud.workers.push_back(address(i));
    auto runtime = Runtime::create(std::move(spec), {});
    EXPECT_TRUE(runtime) << runtime.error().text;
    if (!runtime) return {};
    Status status = (*runtime)->start();
    if (status) status = (*runtime)->wait();
    EXPECT_TRUE(status) << status.error().text;
    report_ = (*runtime)->snapshot();
    EXPECT_EQ(report_.frames.full, kFrames);
    return Seen::of_this_test().take();
  }

  Registry registry_;
  RunReport report_;
};

TEST_F(CornersCloud, PartsOnTwoWorkersFindWhatTheWholeFrameShows) {
  const auto wanted = run(kWhole, 0);
  ASSERT_EQ(wanted.size(), kFrames);
  ASSERT_GT(wanted.at(0).size(), 40U);
  const auto one = worker(kParts, 1), two = worker(kParts, 2);
  EXPECT_EQ(run(kParts, 2), wanted);
  std::uint64_t answered = 0;
  for (const auto& [name, state] : report_.workers) {
    EXPECT_GT(state.results, 0U) << name << " was not asked";
    answered += state.results;
  }
  EXPECT_EQ(answered, 4 * kFrames);
}

TEST_F(CornersCloud, WholeFramesOnAWorkerGiveTheSame) {
  const auto wanted = run(kWhole, 0);
  const auto one = worker(kWholeInTheCloud, 1);
  EXPECT_EQ(run(kWholeInTheCloud, 1), wanted);
  EXPECT_EQ(report_.workers.at(address(1)).results, kFrames);
}

}  // namespace
}  // namespace weir::test
