// SPDX-License-Identifier: Apache-2.0
// Device and workers of one launch file, joined by real links.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "pipeline/channel/worker.hpp"
#include "pipeline/launch_file.hpp"
#include "pipeline/runtime.hpp"
#include "tests/pipeline/channel/cloud_stages.hpp"
#include "tests/transport/link/nats_server.hpp"

namespace weir::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kGraph = R"(
deadline: 3 s
stages:
  camera: {use: ingest.small}
  see: {use: infer.see, in: camera, place: cloud}
  follow: {use: track.follow, in: see}
  end: {use: sink.answers, in: follow}
edges:
  camera->see: {capacity: 1000}
)";

constexpr const char* kWithFallback = R"(
deadline: 3 s
stages:
  camera: {use: ingest.small}
  see: {use: infer.see, in: camera, place: cloud, fallback: here}
  here: {use: infer.see, in: camera, shift: 100}
  end: {use: sink.answers, in: see}
edges:
  camera->see: {capacity: 1000}
)";

class CloudRun : public testing::Test {
 protected:
  CloudRun() { Answers::of_this_test().clear(); }

  GraphSpec parse(const std::string& yaml, const std::vector<Override>& overrides = {}) {
    auto spec = parse_launch(yaml, registry_, overrides);
    EXPECT_TRUE(spec) << format_diagnostics("test", spec.error());
    return spec ? *spec : GraphSpec{};
  }

  /// A Unix address of its own for each test, or one at the NATS server where the test started it.
  std::string address(int worker = 1) const {
    if (nats_) return nats_->address("worker-" + std::to_string(worker)).text();
    return "unix:@weir-test-" + std::to_string(getpid()) + "-" +
           testing::UnitTest::GetInstance()->current_test_info()->name() + std::to_string(worker);
  }

  std::unique_ptr<Worker> worker(const std::string& yaml, int number = 1, const std::vector<Override>& overrides = {}) {
    WorkerOptions options;
    options.name = "worker-" + std::to_string(number);
    options.listen = {address(number)};
    options.graphs.push_back(parse(yaml, overrides));
    auto started = Worker::start(std::move(options));
    EXPECT_TRUE(started) << started.error().text;
    return started ? std::move(*started) : nullptr;
  }

  void expect_answers_of_one_process() {
    EXPECT_EQ(run(kGraph, 0).frames.full, 20U);
    auto here = Answers::of_this_test().all();
    Answers::of_this_test().clear();
    const auto one = worker(kGraph), two = worker(kGraph, 2);
    const RunReport report = run(kGraph, 2);
    EXPECT_EQ(report.frames.full, 20U);
    auto there = Answers::of_this_test().all();
    for (auto& [frame, entry] : there) {
      EXPECT_GE(entry.worker, 0);
      entry.worker = -1;
    }
    EXPECT_EQ(there, here);
    EXPECT_GT(report.bytes_up, 20U * 24 * 8);
    EXPECT_GT(report.bytes_down, 20U * 48);
    ASSERT_EQ(report.workers.size(), 2U);
    EXPECT_EQ(report.workers.at(address(1)).name, "worker-1");
    EXPECT_EQ(report.workers.at(address(1)).results + report.workers.at(address(2)).results, 20U);
  }

  RunReport run(const std::string& yaml, int workers, RunOptions options = {}) {
    GraphSpec spec = parse(yaml);
    for (int i = 1; i <= workers; ++i) spec.cloud.workers.push_back(address(i));
    options.warn = [this](const std::string& text) { warnings_ += text + "\n"; };
    auto runtime = Runtime::create(std::move(spec), options);
    EXPECT_TRUE(runtime) << runtime.error().text;
    if (!runtime) return {};
    if (const Status status = (*runtime)->start(); !status) {
      start_error_ = status.error().text;
      return {};
    }
    const Status status = (*runtime)->wait();
    EXPECT_TRUE(status) << status.error().text;
    const RunReport report = (*runtime)->snapshot();
    EXPECT_EQ(report.frames.in, report.frames.accounted());
    return report;
  }

  /// The launch key workers_file names it; its lines are these workers' addresses.
  void list_workers(const std::vector<int>& workers, const std::string& more = "") {
    std::ofstream file(list_);
    for (const int worker : workers) file << address(worker) << "\n";
    file << more;
  }

  Registry registry_ = cloud_registry();
  std::string warnings_, start_error_;
  const std::string list_ =
      (std::filesystem::temp_directory_path() / ("weir-workers-" + std::to_string(getpid()))).string();
  std::unique_ptr<NatsServer> nats_;
};

TEST_F(CloudRun, GivesTheSameAnswersAsOneProcess) { expect_answers_of_one_process(); }

TEST_F(CloudRun, GivesTheSameAnswersOverNats) {
  if (const std::string why = why_no_nats(); !why.empty()) GTEST_SKIP() << why;
  nats_ = std::make_unique<NatsServer>();
  expect_answers_of_one_process();
}

TEST_F(CloudRun, WithoutAWorkerAFastRunDoesNotStart) {
  run(kGraph, 1);
  EXPECT_THAT(start_error_, AllOf(HasSubstr("see"), HasSubstr("no worker"), HasSubstr("pipeline worker --launch")));
  EXPECT_THAT(start_error_, HasSubstr("(" + address() + ": "));
  EXPECT_EQ(start_error_.find(address()), start_error_.rfind(address())) << "said twice: " << start_error_;
}

TEST_F(CloudRun, DoesNotStartWithAWorkerThatItMustNotReach) {
  for (const char* worker : {"tcp://192.0.2.1:7440", "tls://192.0.2.1:7440"}) {
    GraphSpec spec = parse(kWithFallback);
    spec.cloud.workers = {worker};
    auto runtime = Runtime::create(std::move(spec), {.realtime = true});
    const Status status = runtime ? (*runtime)->start() : Status(runtime.error());
    ASSERT_FALSE(status) << worker;
    EXPECT_EQ(status.error().code, Code::invalid);
    EXPECT_THAT(status.error().text, AllOf(HasSubstr("cloud: key 'workers'"), HasSubstr(worker),
                                           HasSubstr("certificate, key and authority")));
  }
}

TEST_F(CloudRun, WithoutAWorkerTheFallbackAnswers) {
  const RunReport report = run(kWithFallback, 1, {.realtime = true});
  EXPECT_EQ(report.frames.local, 20U);
  const auto answers = Answers::of_this_test().all();
  ASSERT_EQ(answers.size(), 20U);
  EXPECT_EQ(answers.at(3).left, 104);
  EXPECT_THAT(warnings_, HasSubstr("no worker"));
}

TEST_F(CloudRun, TheFallbackIsSilentWhileAWorkerAnswers) {
  const auto one = worker(kWithFallback);
  EXPECT_EQ(run(kWithFallback, 1).frames.full, 20U);
  EXPECT_EQ(Answers::of_this_test().all().at(3).left, 4);
  Answers::of_this_test().clear();
  EXPECT_EQ(run(kWithFallback, 0).frames.full, 20U) << "in one process it is not part of the graph either";
}

TEST_F(CloudRun, WithNeitherWorkerNorFallbackTracksAreCarriedForward) {
  const RunReport report = run(kGraph, 1, {.realtime = true});
  EXPECT_EQ(report.frames.predicted, 20U);
  EXPECT_EQ(Answers::of_this_test().all().at(7), (Answers::Entry{Outcome::predicted, -1, 0, -1}));
}

TEST_F(CloudRun, AndWithoutTracksFramesAreDroppedForTheReason) {
  std::string graph = kWithFallback;
  graph.replace(graph.find(", fallback: here"), 16, "");
  graph.replace(graph.find("  here:"), graph.find("  end:") - graph.find("  here:"), "");
  const RunReport report = run(graph, 1, {.realtime = true});
  EXPECT_EQ(report.frames.dropped.at("cloud:no_worker"), 20U);
}

TEST_F(CloudRun, AStageThatFailsThereIsToldHere) {
  const std::vector<Override> broken{{"stages.see.broken", "true"}};
  const auto one = worker(kWithFallback, 1, broken);
  std::string graph = kWithFallback;
  graph.replace(graph.find("place: cloud"), 12, "place: cloud, broken: true");
  const RunReport report = run(graph, 1, {.realtime = true});
  EXPECT_EQ(report.frames.local, 20U);
}

TEST_F(CloudRun, AnotherModelIsRefusedByName) {
  const auto folder = std::filesystem::temp_directory_path() / ("weir-cloud-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "a.bin") << "one model";
  std::ofstream(folder / "b.bin") << "another one";
  std::ofstream(folder / "c.bin") << "one model";
  const auto graph = [&](const char* model) {
    std::string text = kGraph;
    return text.replace(text.find("place: cloud"), 12, "place: cloud, model: " + (folder / model).string());
  };
  {
    const auto one = worker(graph("b.bin"));
    run(graph("a.bin"), 1);
    EXPECT_THAT(start_error_, AllOf(HasSubstr("see"), HasSubstr("contents of their files differ")));
  }
  const auto two = worker(graph("c.bin"));  // another path, the same contents
  start_error_.clear();
  EXPECT_EQ(run(graph("a.bin"), 1).frames.full, 20U) << start_error_;
  std::filesystem::remove_all(folder);
}

constexpr const char* kState = R"(
stages:
  left: {use: ingest.small}
  right: {use: ingest.small, frames: 7}
  see: {use: infer.see, in: [left, right], place: cloud}
  count: {use: infer.count, in: see, place: cloud}
  end: {use: sink.answers, in: count}
)";

TEST_F(CloudRun, StateIsKeptForEachStream) {
  const auto one = worker(kState);
  const RunReport report = run(kState, 1);
  EXPECT_EQ(report.frames.full, 27U);
  // Frame 10 exists in the longer stream only: the other one's frames were not counted with it.
  EXPECT_EQ(Answers::of_this_test().all().at(10).left, 11);
}

TEST_F(CloudRun, StoppingAWorkerLosesNoFrame) {
  auto one = worker(kGraph);
  const auto two = worker(kGraph, 2);
  GraphSpec spec = parse(kGraph, {{"stages.camera.frames", "300"}});
  spec.cloud.workers = {address(1), address(2)};
  auto runtime = Runtime::create(std::move(spec), {.realtime = true});
  ASSERT_TRUE(runtime);
  ASSERT_TRUE((*runtime)->start());
  // Some work must have been under way at the worker that goes.
  while ((*runtime)->snapshot().frames.full < 50) std::this_thread::yield();
  one.reset();
  ASSERT_TRUE((*runtime)->wait());
  const RunReport report = (*runtime)->snapshot();
  EXPECT_EQ(report.frames.in, 300U);
  EXPECT_EQ(report.frames.accounted(), 300U);
  EXPECT_GE(report.frames.full, 297U);
}

TEST_F(CloudRun, AWorkerThatComesBackIsUsedAgain) {
  auto one = worker(kGraph);
  GraphSpec spec = parse(kGraph, {{"stages.camera.frames", "100000"}});
  spec.cloud.workers = {address(1)};
  auto runtime = Runtime::create(std::move(spec), {.realtime = true});
  ASSERT_TRUE(runtime);
  ASSERT_TRUE((*runtime)->start());
  const auto reached = [&](auto&& condition) {
    while (!condition((*runtime)->snapshot().frames)) std::this_thread::yield();
  };
  reached([](const FrameCounts& f) { return f.full >= 20; });
  one.reset();
  reached([](const FrameCounts& f) { return f.predicted >= 10; });
  one = worker(kGraph);
  const std::uint64_t before = (*runtime)->snapshot().frames.full;
  reached([&](const FrameCounts& f) { return f.full >= before + 20; });
  (*runtime)->stop();
  EXPECT_TRUE((*runtime)->wait());
}

constexpr const char* kOther = R"(
deadline: 3 s
stages:
  camera: {use: ingest.small}
  PART: {use: infer.see, in: camera, shift: 100, place: cloud}
  end: {use: sink.answers, in: PART, into: other}
)";

TEST_F(CloudRun, OneWorkerServesDevicesOfDifferentLaunchFilesAtOnce) {
  for (const std::string part : {"look", "see"}) {  // the second has the name of the other file's part
    std::string other = kOther;
    for (auto at = other.find("PART"); at != std::string::npos; at = other.find("PART")) other.replace(at, 4, part);
    WorkerOptions options;
    options.listen = {address()};
    options.parallel = 2;
    options.graphs = {parse(kGraph), parse(other)};
    const auto started = Worker::start(std::move(options));
    ASSERT_TRUE(started) << started.error().text;
    EXPECT_THAT((*started)->services(), ElementsAre(StartsWith("see "), StartsWith(part + " ")));

    std::vector<std::unique_ptr<Runtime>> devices;
    for (const std::string& yaml : {std::string(kGraph), other}) {
      // Two graphs in one process share oneTBB's threads: where there is one only, one of them may wait for seconds.
      GraphSpec spec = parse(yaml, {{"stages.camera.frames", "40"}, {"threads", "4"}});
      spec.cloud.workers = {address()};
      // Not in real time: a slow machine could not keep up with both, and frames would be given up.
      auto device = Runtime::create(std::move(spec), {});
      ASSERT_TRUE(device) << device.error().text;
      devices.push_back(std::move(*device));
    }
    for (const auto& device : devices) ASSERT_TRUE(device->start());
    for (const auto& device : devices) {
      ASSERT_TRUE(device->wait());
      const RunReport report = device->snapshot();
      EXPECT_EQ(report.frames.full, 40U);
      EXPECT_EQ(report.workers.at(address()).results, 40U);
    }
    for (const auto& [into, shift] : {std::pair("", 0), std::pair("other", 100)}) {
      const auto answers = Answers::of_this_test(into).all();
      Answers::of_this_test(into).clear();
      EXPECT_EQ(answers.size(), 40U);
      for (const auto& [frame, entry] : answers) EXPECT_EQ(entry.left, static_cast<float>((frame + 1) % 256 + shift));
    }
  }
}

TEST_F(CloudRun, WorkersComeAndGoWithTheirFile) {
  const auto one = worker(kGraph), two = worker(kGraph, 2);
  list_workers({1});
  GraphSpec spec = parse(kGraph, {{"stages.camera.frames", "100000"}, {"cloud.workers_file", list_}});
  auto runtime = Runtime::create(
      std::move(spec), {.realtime = true, .warn = [this](const std::string& text) { warnings_ += text + "\n"; }});
  ASSERT_TRUE(runtime) << runtime.error().text;
  ASSERT_TRUE((*runtime)->start());
  const auto reached = [&](auto&& condition) {
    while (!condition((*runtime)->snapshot())) std::this_thread::yield();
  };
  reached([](const RunReport& report) { return report.frames.full >= 20; });
  EXPECT_EQ((*runtime)->snapshot().workers.size(), 1U);
  list_workers({2});
  reached([&](const RunReport& report) {
    const auto added = report.workers.find(address(2));
    return added != report.workers.end() && added->second.results >= 20 && !report.workers.at(address(1)).connected;
  });
  const std::uint64_t of_one = (*runtime)->snapshot().workers.at(address(1)).results;
  reached([&](const RunReport& report) { return report.workers.at(address(2)).results >= 40; });
  (*runtime)->stop();
  ASSERT_TRUE((*runtime)->wait());
  std::filesystem::remove(list_);
  const RunReport report = (*runtime)->snapshot();
  EXPECT_EQ(report.frames.full, report.frames.in);
  ASSERT_EQ(report.workers.size(), 2U);
  EXPECT_EQ(report.workers.at(address(1)).name, "worker-1");
  EXPECT_EQ(report.workers.at(address(1)).results, of_one);
  EXPECT_EQ(report.workers.at(address(1)).results + report.workers.at(address(2)).results, report.frames.full);
  EXPECT_THAT(warnings_, HasSubstr(list_ + " has changed: workers added 1, gone 1"));
  EXPECT_THAT(warnings_, Not(HasSubstr("lost worker")));
}

TEST_F(CloudRun, ABadLineOfTheWorkersFileLeavesTheOthersInForce) {
  const auto one = worker(kGraph, 1, {{"cloud.workers_file", "/nowhere/of no concern to a worker"}});
  list_workers({1}, "tcp://192.0.2.1:7440\n");
  EXPECT_EQ(run(std::string(kGraph) + "cloud: {workers_file: " + list_ + "}\n", 0).frames.full, 20U);
  std::filesystem::remove(list_);
  EXPECT_THAT(warnings_, AllOf(HasSubstr(list_ + ":2: will not connect to tcp://192.0.2.1:7440"),
                               HasSubstr("write tls://192.0.2.1:7440")));
}

TEST_F(CloudRun, AWorkersFileIsRemoteEvenWhenItNamesNobodyYet) {
  list_workers({}, "# to come\n");
  const RunReport report = run(std::string(kGraph) + "cloud: {workers_file: " + list_ + "}\n", 0, {.realtime = true});
  std::filesystem::remove(list_);
  EXPECT_EQ(report.frames.predicted, 20U);
  EXPECT_THAT(warnings_, HasSubstr(list_ + " names no worker yet"));
}

TEST_F(CloudRun, DoesNotStartWithoutTheWorkersFile) {
  auto runtime = Runtime::create(parse(kGraph, {{"cloud.workers_file", "/nowhere/workers.txt"}}), {.realtime = true});
  ASSERT_FALSE(runtime);
  EXPECT_THAT(runtime.error().text, AllOf(HasSubstr("cloud: key 'workers_file'"), HasSubstr("/nowhere/workers.txt")));
}

}  // namespace
}  // namespace weir::test
