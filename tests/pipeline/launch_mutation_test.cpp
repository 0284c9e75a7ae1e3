// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <chrono>

#include "kernels/base/random.hpp"
#include "pipeline/launch_file.hpp"
#include "tests/pipeline/fake_stages.hpp"

namespace weir {
namespace {

constexpr std::string_view kSeedFile = R"(# a file with everything in it
name: full
deadline: 200 ms
threads: 2
stages:
  camera:  {use: ingest.fake, path: some/where, fps: 12.5}
  second:  {use: ingest.fake, path: "some \x41 where"}
  propose: {use: propose.fake, in: {frame: [camera, second], tracks: {from: track, feedback: {lag: 2}}}}
  detect:
    use: infer.fake
    in:
      frame: [camera.frame, second]
      regions: propose
    score: 0.5
    precision: int8
    lrc: {scale: 0.25, every: 7}
    patience: 1.5 s
    classes: [car, 'van']
    mean: [1, 2.5]
    parallel: 3
    place: cloud
    fallback: spare
  spare:   {use: infer.fake, in: {frame: [camera, second]}}
  track:   {use: track.fake, in: detect, on_error: stop}
  results: {use: sink.fake, in: {anything: track.tracks}}
edges:
  camera -> detect: {capacity: 2, when_full: drop_oldest}
  detect.detections->track.detections: {when_full: deadline}
answer: track
cloud: {workers: [tls://a:1, tls://b:2]}
metrics: {listen: "127.0.0.1:9464"}
accuracy: {frames: 10}
)";

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string text_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

void flip_byte(std::string& text, Random& random) {
  text[random.below(text.size())] = static_cast<char>(random.below(256));
}

void swap_tokens(std::string& text, Random& random) {
  constexpr std::string_view kMarks = "{}[],:->&*|\"'#!%@`?\n";
  text[random.below(text.size())] = kMarks[random.below(kMarks.size())];
  std::size_t a = text.find(' ', random.below(text.size()));
  const std::size_t b = text.find_first_of(",}:\n", a == std::string::npos ? 0 : a);
  if (a == std::string::npos || b == std::string::npos) return;
  const std::string token = text.substr(a, b - a);
  text.erase(a, b - a);
  text.insert(random.below(text.size()), token);
}

void change_lines(std::string& text, Random& random) {
  std::vector<std::string> lines = lines_of(text);
  const auto line = [&] { return lines.begin() + static_cast<std::ptrdiff_t>(random.below(lines.size())); };
  switch (random.below(4)) {
    case 0:
      lines.erase(line());
      break;
    case 1: {
      const std::string copy = *line();
      lines.insert(line(), copy);
      break;
    }
    case 2:
      std::swap(*line(), *line());
      break;
    default:
      line()->insert(0, random.below(4), ' ');
      break;
  }
  text = text_of(lines);
}

std::string mutate(Random& random) {
  std::string text(kSeedFile);
  const std::uint64_t changes = 1 + random.below(4);
  for (std::uint64_t i = 0; i < changes && text.size() > 1; ++i) {
    switch (random.below(3)) {
      case 0:
        flip_byte(text, random);
        break;
      case 1:
        swap_tokens(text, random);
        break;
      default:
        change_lines(text, random);
        break;
    }
  }
  if (random.below(8) == 0) text.resize(random.below(text.size()));
  return text;
}

TEST(LaunchMutation, SeedFileIsRight) {
  Registry registry = fake::make_registry();
  const auto spec = parse_launch(kSeedFile, registry);
  ASSERT_TRUE(spec) << format_diagnostics("seed.yaml", spec.error());
  EXPECT_EQ(spec->streams.size(), 2U);
}

TEST(LaunchMutation, MutatedFilesAreReadOrRefusedWithAPlace) {
  Random random(20240601);
  int refused = 0;
  int taken = 0;
  for (int i = 0; i < 1000; ++i) {
    Registry registry = fake::make_registry();
    const std::string text = mutate(random);
    const auto spec = parse_launch(text, registry);
    if (spec) {
      ++taken;
      EXPECT_FALSE(spec->stages.empty());
      const auto again = parse_launch(spec->config_text, registry);
      ASSERT_TRUE(again) << text << format_diagnostics("again", again.error());
      EXPECT_EQ(again->config_sha256, spec->config_sha256) << text;
      continue;
    }
    ++refused;
    ASSERT_FALSE(spec.error().empty());
    for (const Diagnostic& item : spec.error()) EXPECT_FALSE(item.text.empty());
  }
  // Most changes break the file, but some (comments, spaces, order) do not.
  EXPECT_GT(refused, 500);
  EXPECT_GT(taken, 10);
}

TEST(LaunchTime, ThirtyStagesInTwentyMilliseconds) {
  std::string text = "stages:\n  camera: {use: ingest.fake, path: p}\n";
  for (int i = 0; i < 29; ++i) {
    text += "  detect" + std::to_string(i) +
            ": {use: infer.fake, in: camera, score: 0.5, lrc: {scale: 0.3}, classes: [car, van]}\n";
  }
  Registry registry = fake::make_registry();
  double best = 1e9;
  for (int run = 0; run < 5; ++run) {
    const auto begin = std::chrono::steady_clock::now();
    const auto spec = parse_launch(text, registry);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    ASSERT_TRUE(spec) << format_diagnostics("thirty.yaml", spec.error());
    best = std::min(best, took.count());
  }
  RecordProperty("best_ms", std::to_string(best));
  EXPECT_LE(best, 20.0);
}

}  // namespace
}  // namespace weir
