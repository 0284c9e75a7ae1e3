// SPDX-License-Identifier: Apache-2.0
// train-switchable: trains a switchable bottleneck into any ONNX network.
#include <CLI/CLI.hpp>
#include <iostream>

#include "train/common/loop/interrupt.hpp"
#include "train/common/loop/team.hpp"
#include "train/switchable/release.hpp"

namespace weir::train {
namespace {

constexpr const char* kExamples =
    "Writes OUT/NAME_head.onnx (the network up to the seam, and the encoder), OUT/NAME_tail.onnx (the decoder and the\n"
    "rest), and OUT/NAME_setups.json: for each setup how many channels are sent, in which steps they are rounded, and\n"
    "what the tail gets as setup_scale and setup_bias.\n\n"
    "Examples:\n"
    "  train-switchable --network yolox_nano.onnx --seam 725 --frames road_images --measure drive_images\n"
    "  train-switchable --network net.onnx --seam relu_3 --frames images:0-499 --frames clip.mp4@5 --setups "
    "24x6:40,12x5:16,6x4:4";

struct Arguments {
  std::filesystem::path network;
  std::vector<std::string> frames, measure;
  std::string setups;
  int width = 640, height = 192;  // of the measured frames
  bool no_initialisation = false, no_distillation = false, no_clustering = false;
  SwitchableOptions options;
};

Result<FramePool> read_pool_of(const std::vector<std::string>& sources) {
  auto pool = read_frames(sources);
  if (!pool) return pool;
  for (const std::string& warning : pool->report.warnings) std::cerr << "warning: " << warning << '\n';
  return pool;
}

MeasureOptions measure_options(const Arguments& arguments, OutputKind kind) {
  MeasureOptions options;
  options.input.width = arguments.width;
  options.input.height = arguments.height;
  const auto divide = static_cast<float>(arguments.options.crew.divide);
  options.input.std = {divide, divide, divide};
  options.kind = kind;
  options.threads = arguments.options.crew.members;
  return options;
}

Status complete(Arguments& arguments) {
  SwitchableOptions& options = arguments.options;
  options.initialisation = !arguments.no_initialisation;
  options.crew.distil = !arguments.no_distillation;
  options.clustering = !arguments.no_clustering;
  options.crew.members = team_size(options.program.threads, options.crew.batch);
  for (const int side : {options.crew.augment.width, options.crew.augment.height, arguments.width, arguments.height}) {
    if (side < 32 || side % 32 != 0) {
      return {Code::invalid, "a side of " + std::to_string(side) + " pixels; crops and frames need multiples of 32"};
    }
  }
  if (arguments.setups.empty()) return {};
  auto rungs = parse_rungs(arguments.setups, options.shape.channels);
  if (!rungs) return rungs.error();
  options.rungs = std::move(*rungs);
  return {};
}

Status train_and_write(Arguments& arguments, int& exit) {
  if (Status status = complete(arguments); !status) return status;
  SwitchableOptions& options = arguments.options;
  const auto network = load_onnx(arguments.network);
  if (!network) return network.error();
  const auto pool = read_pool_of(arguments.frames);
  if (!pool) return pool.error();
  std::cerr << pool->frames.size() << " frames of " << pool->sources.size() << " sources\n";
  std::vector<FramePool> measured;
  for (const std::string& source : arguments.measure) {
    auto frames = read_pool_of({source});
    if (!frames) return frames.error();
    measured.push_back(std::move(*frames));
  }
  const OutputKind kind = output_kind(*network);
  const MeasureOptions measure = measure_options(arguments, kind);
  ScoreModels score;
  if (!measured.empty() && options.evaluate_every > 0) {
    score = [&](const SwitchableModels& models) -> Result<double> {
      const auto scores = measure_models(*network, models, measured.front().frames, measure);
      if (!scores) return fail(scores.error());
      std::cerr << '\n' << score_table(*scores, kind);
      return mean_score(*scores, kind);
    };
  }
  auto trained = train_switchable(options, *network, *pool, score, std::cerr);
  if (!trained) return trained.error();
  if (trained->end.interrupted) {
    std::cerr << "interrupted after step " << trained->end.step << "; go on with --resume "
              << (options.program.out / "switchable.ckpt").string() << '\n';
    exit = kInterruptedExit;
    return {};
  }
  SwitchableSetups& list = trained->models.setups;
  list.frame_width = arguments.width;
  list.frame_height = arguments.height;
  bool estimated = false;
  for (std::size_t i = 0; i < measured.size(); ++i) {
    const auto scores = measure_models(*network, trained->models, measured[i].frames, measure);
    if (!scores) return scores.error();
    std::cout << arguments.measure[i] << '\n' << score_table(*scores, kind);
    for (std::size_t u = 0; !estimated && u < list.setups.size(); ++u) list.setups[u].bytes = (*scores)[u].bytes;
    estimated = true;
  }
  const std::string name = arguments.network.stem().string();
  if (Status status = write_models(trained->models, options.program.out, name); !status) return status;
  return write_bottleneck(trained->models, options.program.out, name);
}

void add_options(CLI::App& program, Arguments& arguments) {
  SwitchableOptions& options = arguments.options;
  ProgramOptions& common = options.program;
  program.add_option("--network", arguments.network, "Any network of images")->type_name("FILE.onnx")->required();
  program.add_option("--seam", options.seam, "Name of the value where the network is cut (pipeline model seams)")
      ->required();
  program
      .add_option("--frames", arguments.frames,
                  "Folder or video to learn from, PATH[:FIRST-LAST][@WEIGHT]; may be given often")
      ->required();
  program.add_option("--measure", arguments.measure, "Folder or video to measure with, likewise");
  program.add_option("--out", common.out, "Folder for models and checkpoint")->capture_default_str();
  program.add_option("--resume", common.resume, "Go on from this checkpoint, with the options it was made with")
      ->type_name("FILE");
  program
      .add_option("--start", options.start,
                  "Begin with the weights of this checkpoint; rates and number of setups may be others")
      ->type_name("FILE");
  program.add_option("--seed", common.seed, "Seed of weights, crops and setups")->capture_default_str();
  program.add_option("--threads", common.threads, "Threads; 0 takes all cores. Results depend on their number")
      ->capture_default_str()
      ->check(CLI::Range(0, 256));
  program.add_option("--channels", options.shape.channels, "Most channels of the bottleneck")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  program.add_option("--setups", arguments.setups,
                     "The ladder, CHANNELSxBITS:RATE,..., the rate in bits per position of the seam; default: eight "
                     "from 1.5 bits per channel of the seam down");
  program.add_option("--steps", options.steps, "Steps")->capture_default_str()->check(CLI::Range(1, 10000000));
  program.add_option("--batch", options.crew.batch, "Crops of a step")
      ->capture_default_str()
      ->check(CLI::Range(1, 4096));
  program.add_option("--passes", options.crew.passes, "Setups that each crop goes through")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  program.add_option("--rate", options.rate, "Highest learning rate")->capture_default_str();
  program.add_option("--crop-width", options.crew.augment.width, "Pixels")->capture_default_str();
  program.add_option("--crop-height", options.crew.augment.height, "Pixels")->capture_default_str();
  program
      .add_option("--min-scale", options.crew.augment.min_scale, "Pixels of a crop per pixel of a frame 375 rows high")
      ->capture_default_str();
  program.add_option("--max-scale", options.crew.augment.max_scale, "Likewise")->capture_default_str();
  program.add_option("--width", arguments.width, "Of the network's input when it is measured")->capture_default_str();
  program.add_option("--height", arguments.height, "Likewise")->capture_default_str();
  program.add_option("--divide", options.crew.divide, "What the network wants pixels of 0 to 255 divided by")
      ->capture_default_str();
  program.add_option("--evaluate-every", options.evaluate_every, "Steps between measurements; 0: in the end only")
      ->capture_default_str();
  program.add_option("--checkpoint-every", options.checkpoint_every, "Steps")->capture_default_str();
  program.add_flag("--no-initialisation", arguments.no_initialisation, "Begin with random weights");
  program.add_flag("--no-distillation", arguments.no_distillation, "Learn from the seam's values alone");
  program.add_flag("--no-clustering", arguments.no_clustering, "Draw setups without regard to how alike they learn");
  program.footer(kExamples);
}

}  // namespace
}  // namespace weir::train

int main(int count, char** values) {
  using namespace weir::train;
  Arguments arguments;
  arguments.options.program.out = "out/switchable";
  AugmentOptions& crop = arguments.options.crew.augment;
  crop.mosaic = crop.paste = 0;
  crop.min_scale = 0.4;
  crop.max_scale = 1;
  CLI::App program("Trains a switchable bottleneck into an ONNX network, from frames without labels",
                   "train-switchable");
  add_options(program, arguments);
  CLI11_PARSE(program, count, values);
  int exit = 0;
  if (const weir::Status status = train_and_write(arguments, exit); !status) {
    std::cerr << "error: " << status.error().text << '\n';
    return exit_code(status.error());
  }
  return exit;
}
