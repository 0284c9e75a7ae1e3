// SPDX-License-Identifier: Apache-2.0
// Frames in parts: in one process, on workers, and with workers that do not answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "pipeline/channel/worker.hpp"
#include "pipeline/launch_file.hpp"
#include "pipeline/parts/frame_decoder.hpp"
#include "pipeline/runtime.hpp"
#include "tests/pipeline/channel/parted_stages.hpp"

namespace weir::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kGraph = R"(
deadline: 3 s
stages:
  camera: {use: ingest.small}
  cut: {use: partition.halves, in: camera}
  see: {use: infer.see, in: cut, place: cloud}
  join: {use: merge.join, in: see}
  end: {use: sink.answers, in: join}
edges:
  camera->cut: {capacity: 1000}
)";

class PartedRun : public testing::Test {
 protected:
  PartedRun() {
    Answers::of_this_test().clear();
    Gathered::of_this_test().clear();
  }

  GraphSpec parse(const std::string& yaml) {
    auto spec = parse_launch(yaml, registry_);
    EXPECT_TRUE(spec) << format_diagnostics("test", spec.error());
    return spec ? *spec : GraphSpec{};
  }
  std::string problem_of(const std::string& yaml) {
    const auto spec = parse_launch(yaml, registry_);
    return spec ? "none" : format_diagnostics("f.yaml", spec.error());
  }

  std::string address(int worker) const {
    return "unix:@weir-test-" + std::to_string(getpid()) + "-" +
           testing::UnitTest::GetInstance()->current_test_info()->name() + std::to_string(worker);
  }
  std::unique_ptr<Worker> worker(const std::string& yaml, int number) {
    WorkerOptions options;
    options.name = "worker-" + std::to_string(number);
    options.listen = {address(number)};
    options.graphs.push_back(parse(yaml));
    auto started = Worker::start(std::move(options));
    EXPECT_TRUE(started) << started.error().text;
    return started ? std::move(*started) : nullptr;
  }

  RunReport run(const std::string& yaml, int workers, RunOptions options = {}) {
    GraphSpec spec = parse(yaml);
    spec.cloud.in_flight = 1;  // else later frames may ask before earlier ones
    for (int i = 1; i <= workers; ++i) spec.cloud.workers.push_back(address(i));
    options.warn = [this](const std::string& text) { warnings_ += text + "\n"; };
    auto runtime = Runtime::create(std::move(spec), options);
    EXPECT_TRUE(runtime) << runtime.error().text;
    if (!runtime) return {};
    const Status started = (*runtime)->start();
    EXPECT_TRUE(started) << started.error().text;
    if (!started) return {};
    const Status status = (*runtime)->wait();
    EXPECT_TRUE(status) << status.error().text;
    const RunReport report = (*runtime)->snapshot();
    EXPECT_EQ(report.frames.in, report.frames.accounted());
    return report;
  }

  Registry registry_ = parted_registry();
  std::string warnings_;
};

/// Whose low-resolution answers came with a frame.
std::vector<std::uint64_t> looks(const PartAnswers& answers) {
  std::vector<std::uint64_t> frames;
  for (const PartAnswer& answer : answers.items) {
    if (answer.kind == PartKind::low_resolution) frames.push_back(answer.frame);
  }
  return frames;
}

void expect_halves(const PartAnswers& answers, std::uint64_t frame) {
  ASSERT_GE(answers.items.size(), 2U);
  EXPECT_EQ(answers.frame_width, 24);
  EXPECT_EQ(answers.frame_height, 8);
  for (std::size_t i = 0; i < 2; ++i) {
    const PartAnswer& half = answers.items[i];
    EXPECT_EQ(half.kind, PartKind::crop);
    EXPECT_EQ(half.status, PartStatus::ok) << half.reason.text();
    EXPECT_EQ(half.area, (Box{12.0F * static_cast<float>(i), 0, 12.0F * static_cast<float>(i + 1), 8}));
    EXPECT_EQ(half.width, 12);
    EXPECT_EQ(half.frame, frame);
    const auto* seen = half.answer.get<Detections>();
    ASSERT_NE(seen, nullptr);
    EXPECT_EQ(seen->frame_width, 12) << "the stage sees the part as a frame of its own";
    EXPECT_EQ(seen->items.at(0).box.left, static_cast<float>(frame + 1));
  }
}

TEST_F(PartedRun, AppliesAStageToEachPartInOneProcess) {
  EXPECT_EQ(run(kGraph, 0).frames.full, 20U);
  const auto gathered = Gathered::of_this_test().all();
  ASSERT_EQ(gathered.size(), 20U);
  for (const auto& [frame, answers] : gathered) {
    expect_halves(answers, frame);
    const std::vector<std::uint64_t> late = frame == 0 ? std::vector<std::uint64_t>{} : std::vector{frame - 1};
    EXPECT_EQ(looks(answers), late) << "a look at the whole frame comes with the next one";
  }
  EXPECT_EQ(Answers::of_this_test().all().at(3).items, 2U);
}

TEST_F(PartedRun, GivesTheSameAnswersOnWorkers) {
  run(kGraph, 0);
  auto here = Answers::of_this_test().all();
  Answers::of_this_test().clear();
  const auto one = worker(kGraph, 1), two = worker(kGraph, 2);
  const RunReport report = run(kGraph, 2);
  EXPECT_EQ(report.frames.full, 20U);
  EXPECT_EQ(Answers::of_this_test().all(), here);
  std::uint64_t both = 0;
  for (const auto& [name, state] : report.workers) {
    EXPECT_GT(state.results, 0U) << name << " was not asked";
    both += state.results;
  }
  EXPECT_GE(both, 59U) << "two halves and a look for each frame, the last look aside";
  for (const auto& [frame, answers] : Gathered::of_this_test().all()) {
    expect_halves(answers, frame);
    for (const PartAnswer& answer : answers.items) {
      EXPECT_GE(answer.worker, 0);
      EXPECT_GT(answer.bytes, 40U);
      EXPECT_GE(answer.elapsed, answer.service);
    }
    const std::vector<std::uint64_t> late = frame == 0 ? std::vector<std::uint64_t>{} : std::vector{frame - 1};
    EXPECT_EQ(looks(answers), late);
  }
}

TEST_F(PartedRun, PartsWithoutAWorkerSayWhy) {
  run(kGraph, 1, {.realtime = true});
  const auto gathered = Gathered::of_this_test().all();
  ASSERT_EQ(gathered.size(), 20U);
  for (const auto& [frame, answers] : gathered) {
    ASSERT_GE(answers.items.size(), 2U);
    EXPECT_EQ(answers.items[0].status, PartStatus::nack);
    EXPECT_EQ(answers.items[0].reason.text(), "cloud:no_worker");
    EXPECT_FALSE(answers.items[0].answer);
  }
}

TEST_F(PartedRun, AFallbackAnswersForAllParts) {
  const std::string yaml = R"(
deadline: 3 s
stages:
  camera: {use: ingest.small}
  cut: {use: partition.halves, in: camera}
  see: {use: infer.see, in: cut, place: cloud, fallback: here}
  here: {use: infer.see, in: cut, shift: 100}
  join: {use: merge.join, in: see}
  end: {use: sink.answers, in: join}
edges:
  camera->cut: {capacity: 1000}
)";
  EXPECT_EQ(run(yaml, 1, {.realtime = true}).frames.local, 20U);
  EXPECT_EQ(Answers::of_this_test().all().at(3).left, 104);
}

TEST_F(PartedRun, AStageThatFailsOnAPartMakesAGap) {
  const RunReport report =
      run(std::string(kGraph).replace(std::string(kGraph).find("in: cut,"), 8, "in: cut, broken: true,"), 0);
  EXPECT_EQ(report.frames.dropped.at("error:see"), 20U);
}

TEST_F(PartedRun, RefusesStagesThatCannotWorkOnParts) {
  const auto graph = [](const std::string& see, const std::string& rest = "") {
    return "stages:\n  camera: {use: ingest.small}\n  cut: {use: partition.halves, in: camera}\n  see: {" + see +
           "}\n  join: {use: merge.join, in: see}\n  end: {use: sink.answers, in: join}\n" + rest;
  };
  EXPECT_EQ(problem_of(graph("use: infer.see, in: cut")), "none");
  EXPECT_THAT(problem_of(graph("use: partition.halves, in: cut")),
              AllOf(HasSubstr("f.yaml:4"), HasSubstr("cut' puts out parts"), HasSubstr("keeps state"),
                    HasSubstr("feed it whole frames")));
  EXPECT_THAT(problem_of(graph("use: infer.see, in: camera")),
              AllOf(HasSubstr("join"), HasSubstr("takes PartAnswers"), HasSubstr("Detections")));
  EXPECT_THAT(
      problem_of("stages:\n  camera: {use: ingest.small}\n  cut: {use: partition.halves, in: camera}\n"
                 "  see: {use: infer.see, in: cut, place: cloud}\n"
                 "  join: {use: merge.join, in: see, place: cloud}\n"
                 "  end: {use: sink.answers, in: join}\n"),
      AllOf(HasSubstr("'see'"), HasSubstr("each on a worker of its own"), HasSubstr("place join on the device")));
}

// A codec whose pictures are their own pixels with every bit turned over.
class NotDecoder final : public FrameDecoder {
 public:
  Status decode(const Frame& from, Frame& to) override {
    const MutableImageView view = to.allocate(from.image.width, from.image.height, from.image.format);
    for (int y = 0; y < view.height; ++y) {
      for (int x = 0; x < view.width; ++x) view.row(y)[x] = static_cast<std::uint8_t>(~from.encoded[0]);
    }
    return {};
  }
};

TEST(EncodedFrames, AreDecodedByWhoeverBroughtADecoder) {
  const auto pool = std::make_shared<detail::Pool<Frame>>();
  const auto bytes = std::make_shared<std::vector<std::uint8_t>>(1, std::uint8_t{0x0f});
  auto* made = pool->take();
  made->value.adopt_encoded(ImageEncoding::jpeg, *bytes, 6, 4, PixelFormat::gray8, bytes);
  made->stamp.frame = 7;
  const Packet packet(made);
  set_frame_decoder(nullptr);
  EXPECT_EQ(decoded(packet, *pool).error().code, Code::unavailable);
  set_frame_decoder([]() -> std::unique_ptr<FrameDecoder> { return std::make_unique<NotDecoder>(); });
  const auto pixels = decoded(packet, *pool);
  set_frame_decoder(nullptr);
  ASSERT_TRUE(pixels) << pixels.error().text;
  const Frame& frame = *pixels->get<Frame>();
  EXPECT_EQ(frame.encoding, ImageEncoding::raw);
  EXPECT_EQ(frame.image.width, 6);
  EXPECT_EQ(frame.image.row(3)[5], 0xf0);
  EXPECT_EQ(pixels->stamp().frame, 7U);
}

}  // namespace
}  // namespace weir::test
