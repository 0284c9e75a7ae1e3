// SPDX-License-Identifier: Apache-2.0
// How long "pipeline --launch FILE --check" of a 30-stage file takes, as a user sees it: the whole process.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "bench/common/bench_main.hpp"
#include "bench/common/machine.hpp"
#include "pipeline/launch_file.hpp"
#include "stages/register.hpp"

namespace weir::bench {
namespace {

constexpr int kCameras = 7;

/// Seven cameras with a detector and two sinks each, whose detections meet in one tracker with a sink.
std::string thirty_stages() {
  std::string text = "name: thirty\ndeadline: 200 ms\nanswer: track\nstages:\n";
  std::string detectors;
  for (int i = 0; i < kCameras; ++i) {
    const std::string n = std::to_string(i);
    text += "  camera" + n + ": {use: ingest.synthetic, frames: 100, seed: " + n + "}\n";
    text += "  detect" + n + ": {use: infer.detector, model: detector.onnx, size: 640x192, keep: [car+bus, person]";
    text += ", in: camera" + n + "}\n";
    text += "  boxes" + n + ": {use: sink.jsonl, path: out/boxes" + n + ".jsonl, in: detect" + n + "}\n";
    text += "  video" + n + ": {use: sink.video, path: out/video" + n + ".mp4, in: {frame: camera" + n + "}}\n";
    detectors += (i > 0 ? ", detect" : "detect") + n;
  }
  text += "  track: {use: track.sort, in: [" + detectors + "]}\n";
  return text + "  results: {use: sink.jsonl, path: out/results.jsonl, in: track}\n";
}

/// Runs the check once and waits for it; its output goes nowhere. Milliseconds.
Result<double> check_once(const std::string& program, const std::string& file) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  std::vector<std::string> words{program, "--launch", file, "--check"};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  const double start = wall_seconds();
  const int error = posix_spawn(&child, program.c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return fail(Code::unavailable, program + " cannot be run (" + std::strerror(error) + "); build it");
  int status = 0;
  if (waitpid(child, &status, 0) < 0) return fail(Code::internal, std::string("waitpid: ") + std::strerror(errno));
  const double seconds = wall_seconds() - start;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return seconds * 1e3;
  return fail(Code::internal, program + " --check did not accept the file; see above");
}

Result<double> parse_once(const std::string& text) {
  Registry registry;
  if (Status status = register_builtin_stages(registry); !status) return fail(status.error());
  const double start = wall_seconds();
  const auto spec = parse_launch(text, registry);
  const double seconds = wall_seconds() - start;
  if (!spec) return fail(Code::internal, format_diagnostics("thirty.yaml", spec.error()));
  return seconds * 1e3;
}

Status measure(Reporter& reporter, const std::string& file, const std::string& text) {
  const int repetitions = reporter.brief() ? 2 : 15;
  const std::string program = WEIR_BINARY_DIR "/pipeline";
  std::vector<double> process, parse;
  for (int i = -1; i < repetitions; ++i) {
    const auto whole = check_once(program, file);
    if (!whole) return whole.error();
    const auto part = parse_once(text);
    if (!part) return part.error();
    if (i < 0) continue;  // the first one also brings the program into the disk cache
    process.push_back(*whole);
    parse.push_back(*part);
  }
  reporter.print("check_ms", summarise(process), {{"parse_only_ms", summarise(parse).value}});
  return {};
}

Status run(Reporter& reporter) {
  const std::string file =
      (std::filesystem::temp_directory_path() / ("weir-thirty-" + std::to_string(getpid()) + ".yaml")).string();
  const std::string text = thirty_stages();
  std::ofstream(file) << text;
  const Status status = measure(reporter, file, text);
  std::filesystem::remove(file);
  return status;
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) { return weir::bench::bench_main(argc, argv, "start", weir::bench::run); }
