// SPDX-License-Identifier: Apache-2.0
// train-classify: trains the small image classifier on CIFAR-10.
#include <iostream>

#include "train/classify/classifier.hpp"
#include "train/common/loop/program_options.hpp"
#include "train/common/loop/team.hpp"
#include "train/common/report/release.hpp"

namespace weir::train {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  train-classify --data data/cifar10 --out out/classify\n"
    "  train-classify --data data/cifar10 --out out/classify --resume out/classify/classify.ckpt\n"
    "  train-classify --data data/cifar10 --out out/quick --epochs 2\n"
    "  train-classify --data data/cifar10 --epochs 12 16 8 --resume out/classify/classify.ckpt    a third run on top";

Result<ImageSet> read_part(const std::filesystem::path& file) {
  ReadReport report;
  Result<ImageSet> set = read_image_tar(file, report);
  for (const std::string& warning : report.warnings) std::cerr << "warning: " << warning << '\n';
  return set;
}

/// Where the same network is kept with its norms, to go on training from.
std::filesystem::path norms_file(std::filesystem::path file) {
  return file.replace_filename(file.stem().string() + "_norms.onnx");
}

/// "12 passes", "runs of 12 and 16 passes".
std::string passes(const std::vector<int>& epochs) {
  std::string text = epochs.size() > 1 ? "runs of " : "";
  for (std::size_t i = 0; i < epochs.size(); ++i) {
    if (i > 0) text += i + 1 < epochs.size() ? ", " : " and ";
    text += std::to_string(epochs[i]);
  }
  return text + " passes";
}

ModelCard make_card(const ClassifyOptions& options, const ImageSet& train, const ImageSet& test, const LoopEnd& end,
                    const WrittenModel& written, const ClassifyScore& score) {
  ModelCard card;
  card.name = written.file.stem().string();
  card.purpose =
      "Tells which of ten kinds of thing a small image shows. It is the classifier that Weir's elastic models are "
      "derived from and measured with, not a product: it knows only these classes, at 32x32 pixels.";
  card.input = "`image`, f32 [N, 3, 32, 32], BGR from 0 to 255";
  card.output = "`scores`, f32 [N, " + std::to_string(options.shape.classes) + "], logits";
  card.classes = train.classes;
  card.network = network_facts(written.model, {1, 3, train.height, train.width});
  card.command = options.program.command;
  card.training = {
      {"Seed", std::to_string(options.program.seed)},
      {"Steps", std::to_string(end.step) + " of " + std::to_string(options.batch) + " images (" +
                    passes(options.epochs) + " over the images)"},
      {"Time", format_duration(end.seconds) + " on " +
                   std::to_string(team_size(options.program.threads, options.batch)) + " threads, evaluations and all"},
      {"Recipe", "SGD with Nesterov momentum 0.9, rate " + fixed(options.rate, 2) +
                     " after a warm-up and then along a cosine" +
                     (options.epochs.size() > 1 ? ", started anew after each run" : "") + ", weight decay " +
                     fixed(options.weight_decay, 4) + ", label smoothing " + fixed(options.label_smoothing, 1) +
                     ", shifts and alternating flips, first filters from the images' covariance; the weights are a "
                     "moving average. The test images decided nothing."}};
  card.data = {{"CIFAR-10", "train, " + std::to_string(train.size()) + " images, repacked as JPEG",
                "none stated; given for research", "Krizhevsky, Learning multiple layers of features, 2009", true}};
  card.results.push_back(
      {"top-1", "test half, " + std::to_string(test.size()) + " images as JPEG", fixed(score.top1, 4)});
  for (std::size_t i = 0; i < score.class_top1.size(); ++i) {
    card.results.push_back({"top-1", test.classes[i], fixed(score.class_top1[i], 3)});
  }
  card.limits = {"The JPEG repack loses detail: compare these numbers only with numbers from the same files."};
  return card;
}

Status train_and_write(const ClassifyOptions& options, int& exit) {
  const Result<ImageSet> train = read_part(options.program.data / "train.tar");
  if (!train) return train.error();
  const Result<ImageSet> test = read_part(options.program.data / "test.tar");
  if (!test) return test.error();
  if (train->classes != test->classes || train->image_bytes() != test->image_bytes()) {
    return {Code::invalid, "train.tar and test.tar in " + options.program.data.string() +
                               " differ in classes or image size; they must be parts of one data set"};
  }
  const Result<TrainedNet> trained = train_classifier(options, *train, *test, std::cerr);
  if (!trained) return trained.error();
  if (trained->end.interrupted) {
    std::cerr << "interrupted after step " << trained->end.step << "; go on with --resume "
              << (options.program.out / "classify.ckpt").string() << '\n';
    exit = kInterruptedExit;
    return {};
  }
  const auto file = options.program.out / ("weir_" + std::string(to_string(options.kind)) + ".onnx");
  Result<WrittenModel> written = write_model(trained->model, file);
  if (!written) return written.error();
  const Result<ClassifyScore> score = score_classifier(written->net, *test, 255);
  if (!score) return score.error();
  if (Status status = save_onnx(trained->model, norms_file(file)); !status) return status;
  const Curves& curves = trained->end.curves;
  std::vector<Plot> plots{curves_plot("Loss", "", curves, {"loss"})};
  if (curves.contains("top-1")) plots.push_back(curves_plot("Test images", "top-1", curves, {"top-1"}));
  const ModelCard card = make_card(options, *train, *test, trained->end, *written, *score);
  if (Status status = write_documents(*written, plots, card); !status) return status;
  std::cout << written->file.string() << ": top-1 " << fixed(score->top1, 4) << '\n';
  return {};
}

}  // namespace
}  // namespace weir::train

int main(int count, char** arguments) {
  using namespace weir::train;
  ClassifyOptions options;
  options.program.out = "out/classify";
  options.program.command = command_line(count, arguments);
  CLI::App program("Trains Weir's image classifier on CIFAR-10 (train.tar and test.tar of JPEG files)",
                   "train-classify");
  add_program_options(program, options.program);
  const std::map<std::string, ClassifierKind> kinds{{"residual", ClassifierKind::residual},
                                                    {"mobilenet", ClassifierKind::mobilenet},
                                                    {"mobilevit", ClassifierKind::mobilevit}};
  program.add_option("--net", options.kind, "Which network")
      ->transform(CLI::CheckedTransformer(kinds))
      ->default_str("residual");
  program
      .add_option("--epochs", options.epochs, "Times through the images, for each run through the schedule of rates")
      ->expected(1, 100)
      ->capture_default_str()
      ->check(CLI::Range(1, 10000));
  program.add_option("--batch", options.batch, "Images per step")->capture_default_str()->check(CLI::Range(2, 4096));
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
