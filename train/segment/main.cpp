// SPDX-License-Identifier: Apache-2.0
// train-segment: trains the small road scene segmentation net on CamVid.
#include <torch/utils.h>

#include <iostream>

#include "train/common/loop/program_options.hpp"
#include "train/common/report/release.hpp"
#include "train/segment/segmenter.hpp"

namespace weir::train {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  train-segment --data data/camvid --out out/segment\n"
    "  train-segment --data data/camvid --out out/segment --resume out/segment/segment.ckpt\n"
    "  train-segment --data data/camvid --out out/quick --steps 300";

Result<std::vector<SegmentExample>> read_part(const std::filesystem::path& root, const char* part) {
  ReadReport report;
  Result<std::vector<SegmentExample>> examples = read_camvid_masks(root, part, report);
  for (const std::string& warning : report.warnings) std::cerr << "warning: " << warning << '\n';
  return examples;
}

ModelCard make_card(const SegmentOptions& options, std::size_t train, std::size_t val, const LoopEnd& end,
                    const WrittenModel& written, const SegmentScore& score) {
  ModelCard card;
  card.name = written.file.stem().string();
  card.purpose =
      "Gives each pixel of a road scene one of eleven classes. It is the segmentation net that Weir's elastic models "
      "are derived from and measured with: trained on 367 images from a few drives in one town, it is not fit to steer "
      "anything.";
  card.input = "`image`, f32 [N, 3, H, W], BGR from 0 to 255, H and W multiples of 32";
  card.output = "`scores`, f32 [N, 11, H/2, W/2], logits; resize them bilinearly, then take the largest";
  card.classes.assign(kCamvidNames.begin(), kCamvidNames.end());
  card.network = network_facts(written.model, {1, 3, 384, 480});
  card.command = options.program.command;
  card.training = {
      {"Seed", std::to_string(options.program.seed)},
      {"Steps", std::to_string(end.step) + " of " + std::to_string(options.batch) + " crops of " +
                    std::to_string(options.augment.crop.width) + "x" + std::to_string(options.augment.crop.height)},
      {"Time", format_duration(end.seconds) + " on " + std::to_string(torch::get_num_threads()) +
                   " threads, evaluations and all"},
      {"Recipe", "AdamW, rate " + fixed(options.rate, 4) + " along a cosine, weight decay " +
                     fixed(options.weight_decay, 3) +
                     ", cross-entropy with the square root of median-frequency class weights, scale, crop, flip and "
                     "light; the weights are a moving average. The validation images decided nothing."}};
  card.data = {{"CamVid", "train, " + std::to_string(train) + " images with masks, 480x360",
                "none stated; given for research", "Brostow et al., ECCV 2008", true}};
  const std::string on = "val, " + std::to_string(val) + " images, 480x360";
  card.results = {{"mIoU, 11 classes", on, fixed(score.mean_iou, 4)}, {"pixel accuracy", on, fixed(score.accuracy, 4)}};
  for (std::size_t c = 0; c < score.class_iou.size(); ++c) {
    card.results.push_back({"IoU", std::string(kCamvidNames[c]), fixed(score.class_iou[c], 3)});
  }
  card.limits = {"Validation frames are from a drive that training frames are from too: other towns will score lower.",
                 "Poles, signs and fences are thin at this size and the weakest classes."};
  return card;
}

Status train_and_write(const SegmentOptions& options, int& exit) {
  const auto train = read_part(options.program.data, "train");
  if (!train) return train.error();
  const auto val = read_part(options.program.data, "val");
  if (!val) return val.error();
  const Result<TrainedNet> trained = train_segmenter(options, *train, *val, std::cerr);
  if (!trained) return trained.error();
  if (trained->end.interrupted) {
    std::cerr << "interrupted after step " << trained->end.step << "; go on with --resume "
              << (options.program.out / "segment.ckpt").string() << '\n';
    exit = kInterruptedExit;
    return {};
  }
  Result<WrittenModel> written = write_model(trained->model, options.program.out / "weir_segment.onnx");
  if (!written) return written.error();
  const Result<SegmentScore> score = score_segmenter(written->net, *val, 255);
  if (!score) return score.error();
  const Curves& curves = trained->end.curves;
  std::vector<Plot> plots{curves_plot("Loss", "", curves, {"loss"})};
  if (curves.contains("mIoU")) plots.push_back(curves_plot("Validation images", "mIoU", curves, {"mIoU"}));
  const ModelCard card = make_card(options, train->size(), val->size(), trained->end, *written, *score);
  if (Status status = write_documents(*written, plots, card); !status) return status;
  std::cout << written->file.string() << ": mIoU " << fixed(score->mean_iou, 4) << '\n';
  return {};
}

}  // namespace
}  // namespace weir::train

int main(int count, char** arguments) {
  using namespace weir::train;
  SegmentOptions options;
  options.program.out = "out/segment";
  options.program.command = command_line(count, arguments);
  CLI::App program("Trains Weir's road scene segmentation net on CamVid (folders train, trainannot, val, valannot)",
                   "train-segment");
  add_program_options(program, options.program);
  program.add_option("--steps", options.steps, "Steps of the optimiser")
      ->capture_default_str()
      ->check(CLI::Range(1, 10000000));
  program.add_option("--batch", options.batch, "Crops per step")->capture_default_str()->check(CLI::Range(1, 256));
  program.add_option("--rate", options.rate, "Highest learning rate")->capture_default_str();
  program.footer(kExamples);
  CLI11_PARSE(program, count, arguments);
  int exit = 0;
  if (const weir::Status status = train_and_write(options, exit); !status) {
    std::cerr << "error: " << status.error().text << '\n';
    return exit_code(status.error());
  }
  return exit;
}
