// SPDX-License-Identifier: Apache-2.0
// train-detector: trains Weir's own detector from labels, a teacher and drawn scenes.
#include <algorithm>
#include <iostream>
#include <thread>

#include "train/common/loop/program_options.hpp"
#include "train/common/report/release.hpp"
#include "train/detector/card.hpp"
#include "train/detector/detector_training.hpp"
#include "train/detector/teacher_features.hpp"
#include "train/detector/teacher_labels.hpp"

namespace weir::train {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  train-detector --data data --teacher data/models/yolox_nano.onnx --out out/detector\n"
    "  train-detector --data data --teacher data/models/yolox_nano.onnx --out out/detector \\\n"
    "                 --resume out/detector/detector.ckpt\n"
    "  train-detector --data data --out out/quick --steps 300      without a teacher: labels and drawn scenes alone";

/// As many threads as there are cores, or the next lower number that a batch can be shared by.
int threads_for(int batch) {
  int threads = std::min(batch, static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
  while (batch % threads != 0) --threads;
  return threads;
}

Result<Pool> labelled_pool(const DetectorOptions& options) {
  if (!options.teacher.empty()) {  // before minutes of reading
    const auto teacher = FeatureTeacher::load(options.teacher, 1, options.augment.width, options.augment.height);
    if (!teacher) return fail(teacher.error());
  }
  auto pool = read_pool(options.program.data, {});
  if (!pool) return pool;
  for (const std::string& warning : pool->report.warnings) std::cerr << "warning: " << warning << '\n';
  std::cerr << "read " << pool->examples.size() << " images";
  if (pool->report.skipped > 0) std::cerr << ", left out " << pool->report.skipped << " label rows that cannot be true";
  std::cerr << '\n';
  if (options.teacher.empty()) return pool;
  // Drawn scenes come last and have exact truth: no teacher knows better.
  std::vector<Example> real(
      std::make_move_iterator(pool->examples.begin()),
      std::make_move_iterator(pool->examples.end() - static_cast<std::ptrdiff_t>(pool->sources.back().count)));
  TeacherLabelOptions label;
  label.threads = options.workers;
  Status status = label_by_teacher(options.teacher, real, label, [&](std::size_t done) {
    if (done % 100 == 0 || done == real.size())
      std::cerr << "labelled " << done << " of " << real.size() << " images\n";
  });
  if (!status) return fail(status.error());
  std::ranges::move(real, pool->examples.begin());
  return pool;
}

Status train_and_write(const DetectorOptions& options, int& exit) {
  const Result<Pool> pool = labelled_pool(options);
  if (!pool) return pool.error();
  Result<ValidationSet> check = kitti_validation(options.program.data);
  if (!check) {
    std::cerr << "warning: trained without validation on KITTI: " << check.error().text << '\n';
    check = ValidationSet{};
  }
  const Result<TrainedDetector> trained = train_detector(options, *pool, *check, std::cerr);
  if (!trained) return trained.error();
  if (trained->end.interrupted) {
    std::cerr << "interrupted after step " << trained->end.step << "; go on with --resume "
              << (options.program.out / "detector.ckpt").string() << '\n';
    exit = kInterruptedExit;
    return {};
  }
  return write_detector(options, *pool, *check, *trained, std::cout);
}

}  // namespace
}  // namespace weir::train

int main(int count, char** arguments) {
  using namespace weir::train;
  DetectorOptions options;
  options.program.out = "out/detector";
  options.program.command = command_line(count, arguments);
  CLI::App program("Trains Weir's detector for roads: vehicle, pedestrian, cyclist, motorcycle", "train-detector");
  add_program_options(program, options.program);
  program.add_option("--teacher", options.teacher, "YOLOX model that labels images and whose features are mimicked")
      ->type_name("FILE");
  program.add_option("--init", options.init, "Start from the averaged weights of this checkpoint")->type_name("FILE");
  program.add_option("--steps", options.steps, "Training steps")->capture_default_str()->check(CLI::Range(1, 10000000));
  program.add_option("--batch", options.batch, "Crops per step")->capture_default_str()->check(CLI::Range(1, 1024));
  program.add_option("--rate", options.rate, "Highest learning rate")->capture_default_str();
  program
      .add_option("--balance", options.balance, "0: cells that learn count alike; 1: objects do, far ones as near ones")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  program.add_option("--mimic", options.mimic_weight, "Weight of the teacher's features")->capture_default_str();
  program.add_option("--mimic-every", options.mimic_every, "Steps from one look at the teacher's features to the next")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  program.add_option("--evaluate-every", options.evaluate_every, "Steps between validations; 0: only at the end")
      ->capture_default_str();
  program.footer(kExamples);
  CLI11_PARSE(program, count, arguments);
  options.workers = options.program.threads > 0 ? options.program.threads : threads_for(options.batch);
  int exit = 0;
  if (const weir::Status status = train_and_write(options, exit); !status) {
    std::cerr << "error: " << status.error().text << '\n';
    return exit_code(status.error());
  }
  return exit;
}
