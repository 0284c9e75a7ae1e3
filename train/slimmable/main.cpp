// SPDX-License-Identifier: Apache-2.0
// train-slimmable: makes a whole classifier switchable at its stem, on CIFAR-10.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <iostream>
#include <thread>

#include "elastic/split.hpp"
#include "elastic/switchable/top1.hpp"
#include "train/common/loop/interrupt.hpp"
#include "train/common/loop/program_options.hpp"
#include "train/slimmable/grid.hpp"
#include "train/slimmable/slimmable.hpp"
#include "train/switchable/release.hpp"

namespace weir::train {
namespace {

constexpr const char* kExamples =
    "Writes OUT/NAME_head.onnx, NAME_tail.onnx and NAME_setups.json as train-switchable does, and prints each setup's\n"
    "top-1 on the test images, at batch 1 by the engine.\n\n"
    "Examples:\n"
    "  train-slimmable --data data/cifar10 --network out/classify/weir_mobilenet_norms.onnx --seam stem.norm\n"
    "  train-slimmable --data data/cifar10 --network net.onnx --seam stem.norm --setups 16x8,4x2,1x1 --each";

struct Arguments {
  std::filesystem::path network;
  std::string setups, name = "weir_slimmable";
  bool no_initialisation = false, no_distillation = false, no_clustering = false, no_measure = false, each = false;
  SlimmableOptions options;
};

Result<ImageSet> read_part(const std::filesystem::path& file) {
  ReadReport report;
  Result<ImageSet> set = read_image_tar(file, report);
  for (const std::string& warning : report.warnings) std::cerr << "warning: " << warning << '\n';
  return set;
}

Result<int> seam_channels(const OnnxModel& network, const std::string& seam) {
  const auto split = split_model(network, {seam});
  if (!split) return fail(split.error());
  const Shape& shape = split->head.outputs[0].shape;
  if (shape.rank() == 4 && shape[1] > 0) return static_cast<int>(shape[1]);
  return fail(Code::invalid, "seam \"" + seam + "\" has the shape " + shape.text() + "; wanted NxCxHxW with C known");
}

Status complete(Arguments& arguments, const OnnxModel& network) {
  SlimmableOptions& options = arguments.options;
  options.initialisation = !arguments.no_initialisation;
  options.distillation = !arguments.no_distillation;
  options.clustering = !arguments.no_clustering;
  const auto channels = seam_channels(network, options.seam);
  if (!channels) return channels.error();
  if (arguments.setups.empty()) {
    options.setups = full_grid(*channels);
    return {};
  }
  auto setups = parse_grid(arguments.setups, *channels);
  if (!setups) return setups.error();
  options.setups = std::move(*setups);
  return {};
}

/// Top-1 of each setup; the list gets their bytes.
Status measure(SwitchableModels& models, const ImageSet& test) {
  std::vector<ImageView> views;
  for (std::size_t i = 0; i < test.size(); ++i) {
    views.push_back({test.image(i), test.width, test.height, 3 * test.width, PixelFormat::bgr8});
  }
  PreprocessOptions input;
  input.width = test.width;
  input.height = test.height;
  const auto scores =
      measure_top1(encode_onnx(models.head), encode_onnx(models.tail), models.setups, {views, test.labels}, input);
  if (!scores) return scores.error();
  std::printf("setup  packed bytes  coded bytes  top-1\n");
  for (std::size_t u = 0; u < scores->size(); ++u) {
    const SetupTop1& score = (*scores)[u];
    models.setups.setups[u].bytes = score.bytes;
    std::printf("%-6s %12.0f %12.0f  %.4f\n", score.setup.c_str(), score.packed_bytes, score.bytes, score.top1);
  }
  return {};
}

/// Trains networks of one setup each, one after the other, until none is left.
Status train_singles(const Arguments& arguments, const OnnxModel& network, const ImageSet& train,
                     std::atomic<std::size_t>& next, std::ostream& messages) {
  const SlimmableOptions& all = arguments.options;
  for (std::size_t i = next++; i < all.setups.size(); i = next++) {
    SlimmableOptions options = all;
    options.setups = {all.setups[i]};
    options.program.threads = 1;
    const std::string name = "single_" + all.setups[i].name();
    options.program.out = all.program.out / name;
    std::error_code ignored;
    std::filesystem::create_directories(options.program.out, ignored);
    const auto trained = train_slimmable(options, network, train, messages);
    if (!trained) return trained.error();
    if (trained->end.interrupted) return {Code::stopped, name + " was interrupted; it is not written"};
    if (Status status = write_models(trained->models, all.program.out, name); !status) return status;
  }
  return {};
}

/// The same on all threads; only the first one tells how far it is.
Status train_each(const Arguments& arguments, const OnnxModel& network, const ImageSet& train) {
  std::atomic<std::size_t> next = 0;
  std::vector<Status> ends(static_cast<std::size_t>(std::max(arguments.options.program.threads, 1)));
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < ends.size(); ++i) {
      threads.emplace_back([&, i] {
        std::ostream quiet(nullptr);
        ends[i] = train_singles(arguments, network, train, next, quiet);
      });
    }
    ends[0] = train_singles(arguments, network, train, next, std::cerr);
  }
  const auto failed = std::ranges::find_if(ends, [](const Status& status) { return !status; });
  return failed == ends.end() ? Status() : *failed;
}

Status train_and_write(Arguments& arguments, int& exit) {
  SlimmableOptions& options = arguments.options;
  const auto network = load_onnx(arguments.network);
  if (!network) return network.error();
  if (Status status = complete(arguments, *network); !status) return status;
  const Result<ImageSet> train = read_part(options.program.data / "train.tar");
  if (!train) return train.error();
  if (arguments.each) return train_each(arguments, *network, *train);
  const Result<ImageSet> test = read_part(options.program.data / "test.tar");
  if (!test) return test.error();
  auto trained = train_slimmable(options, *network, *train, std::cerr);
  if (!trained) return trained.error();
  if (trained->end.interrupted) {
    std::cerr << "interrupted after step " << trained->end.step << "; go on with --resume "
              << (options.program.out / "slimmable.ckpt").string() << '\n';
    exit = kInterruptedExit;
    return {};
  }
  if (!arguments.no_measure) {
    if (Status status = measure(trained->models, *test); !status) return status;
  }
  return write_models(trained->models, options.program.out, arguments.name);
}

void add_options(CLI::App& program, Arguments& arguments) {
  SlimmableOptions& options = arguments.options;
  add_program_options(program, options.program);
  program.add_option("--network", arguments.network, "Classifier with batch norms, of images from 0 to 1")
      ->type_name("FILE.onnx")
      ->required();
  program.add_option("--seam", options.seam, "Name of the value where it is cut: the output of a norm")->required();
  program.add_option("--name", arguments.name, "Of the files in --out")->capture_default_str();
  program.add_option("--setups", arguments.setups,
                     "CHANNELSxBITS,...; default: 1 to 8, 16 and 32 channels, each in 8, 4, 2 and 1 bit");
  program.add_option("--steps", options.steps, "Steps")->capture_default_str()->check(CLI::Range(1, 10000000));
  program.add_option("--batch", options.batch, "Images per step")->capture_default_str()->check(CLI::Range(2, 4096));
  program.add_option("--rate", options.rate, "Highest learning rate")->capture_default_str();
  program.add_flag("--no-initialisation", arguments.no_initialisation, "Begin with random weights");
  program.add_flag("--no-distillation", arguments.no_distillation, "Learn from the labels, not from the network");
  program.add_flag("--no-clustering", arguments.no_clustering, "Draw setups without regard to how alike they learn");
  program.add_flag("--each", arguments.each,
                   "Train a network for each setup alone, as OUT/single_SETUP_*, on --threads; measures nothing");
  program.add_flag("--no-measure", arguments.no_measure, "Leave measuring to report-slimmable");
  program.footer(kExamples);
}

}  // namespace
}  // namespace weir::train

int main(int count, char** values) {
  using namespace weir::train;
  Arguments arguments;
  arguments.options.program.out = "out/slimmable";
  arguments.options.program.threads = 1;
  CLI::App program("Makes a classifier switchable at a seam, head and tail learning together", "train-slimmable");
  add_options(program, arguments);
  CLI11_PARSE(program, count, values);
  int exit = 0;
  if (const weir::Status status = train_and_write(arguments, exit); !status) {
    std::cerr << "error: " << status.error().text << '\n';
    return exit_code(status.error());
  }
  return exit;
}
