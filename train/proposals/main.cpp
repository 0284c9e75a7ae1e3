// SPDX-License-Identifier: Apache-2.0
// train-proposals: trains the networks that predict boxes, and fits the autoregression.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>
#include <variant>

#include "kernels/predict/autoregressive.hpp"
#include "kernels/predict/elf.hpp"
#include "kernels/predict/lstm.hpp"
#include "train/common/loop/interrupt.hpp"
#include "train/common/loop/program.hpp"
#include "train/common/loop/trainer.hpp"
#include "train/common/report/model_card.hpp"
#include "train/proposals/elf_training.hpp"
#include "train/proposals/training.hpp"

namespace weir::train {
namespace {

constexpr std::size_t kFolds = 4;

using Weights = std::variant<LstmWeights, ElfLstmWeights, ElfAttentionWeights>;

struct Arguments {
  std::string kind = "lstm";
  std::filesystem::path boxes;
  std::filesystem::path out = "out/proposals";
  int fold = -1;
  bool folds_only = false;
  std::int64_t steps = 0;  // 0: as many as the kind needs
  ProposalOptions options;
};

constexpr const char* kFooter =
    "Writes OUT/weir_proposals.KIND, trained on all sequences, and OUT/fold_0.KIND to fold_3.KIND, each trained "
    "without\n"
    "every fourth sequence, which score it: `pipeline eval-proposals --weights OUT` prints how well. The kinds\n"
    "lstm and attention add to the last velocity; elf_lstm and elf_attention are the networks of Elf's authors, for\n"
    "comparison; autoregressive is fitted at once and has no folds, as eval-proposals fits its own.\n\n"
    "Examples:\n"
    "  train-proposals --boxes data/elf/train_boxes.csv --out out/proposals\n"
    "  train-proposals --boxes data/elf/train_boxes.csv --fold 0 --steps 500     a quick look";

Result<std::vector<BoxSequence>> read_boxes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(Code::not_found, "boxes \"" + path.string() + "\" cannot be read; give a table by --boxes");
  std::ostringstream text;
  text << file.rdbuf();
  auto sequences = parse_box_table(text.str());
  if (!sequences) return fail(sequences.error().code, path.string() + ": " + sequences.error().text);
  if (sequences->size() < kFolds) {
    return fail(Code::invalid, path.string() + " has " + std::to_string(sequences->size()) +
                                   " sequences, wanted 4 or more to hold some out");
  }
  return sequences;
}

Status write_bytes(const std::string& bytes, const std::filesystem::path& path) {
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) return {Code::io, path.string() + " cannot be written; is there room and may you write there?"};
  return write_sha256(path);
}

std::string format(const LstmWeights& weights) { return format_lstm_weights(weights); }
template <typename Elf>
std::string format(const Elf& weights) {
  return format_elf_weights(weights);
}

Status write_weights(const Weights& weights, const std::filesystem::path& path) {
  return write_bytes(std::visit([](const auto& w) { return format(w); }, weights), path);
}

std::unique_ptr<BoxPredictor> predictor_of(const LstmWeights& weights) {
  return std::make_unique<LstmPredictor>(weights);
}
template <typename Elf>
std::unique_ptr<BoxPredictor> predictor_of(const Elf& weights) {
  return std::make_unique<ElfPredictor<Elf>>(weights);
}

std::unique_ptr<BoxPredictor> make_predictor(const Weights& weights) {
  return std::visit([](const auto& w) { return predictor_of(w); }, weights);
}

HonestScore score(const Weights& weights, const std::vector<BoxSequence>& sequences, std::size_t fold,
                  Identity identity) {
  HonestScore sum{};
  for (std::size_t i = fold; i < sequences.size(); i += kFolds) {
    const auto predictor = make_predictor(weights);
    const HonestScore score = score_honestly(sequences[i], *predictor, identity);
    for (std::size_t a = 0; a < sum.size(); ++a) sum[a].add(score[a]);
  }
  return sum;
}

void set_factors(Weights& weights, HeldOutErrors errors) {
  std::visit([&](auto& w) { train::set_factors(w.sigma_factor, w.margin_factor, std::move(errors)); }, weights);
}

void print_score(const std::string& name, const HonestScore& score) {
  std::cout << name;
  for (std::size_t a = 0; a < score.size(); ++a) {
    const auto boxes = static_cast<double>(std::max<std::int64_t>(score[a].boxes, 1));
    std::cout << "  " << a + 1 << ": " << fixed(score[a].loss / boxes, 4) << " ("
              << fixed(100 * score[a].contained / boxes, 2) << " % inside)";
  }
  std::cout << std::endl;
}

struct Trained {
  Weights weights;
  bool interrupted = false;
};

template <typename Net>
Result<Trained> train_authors_net(const Arguments& arguments, std::span<const BoxSequence* const> sequences) {
  ElfOptions options;
  options.seed = arguments.options.seed;
  options.threads = arguments.options.threads;
  if (arguments.steps > 0) options.steps = arguments.steps;
  seed_torch(options.seed, options.threads);
  Net net;
  const auto end = train_elf(options, sequences, net, std::cerr);
  if (!end) return fail(end.error());
  auto weights = net.weights();
  for (const BoxSequence* sequence : sequences) weights.trained_on.push_back(sequence->name);
  return Trained{std::move(weights), end->interrupted};
}

Result<Trained> train_kind(const Arguments& arguments, std::span<const BoxSequence* const> sequences) {
  if (arguments.kind == "elf_lstm") return train_authors_net<ElfLstmNet>(arguments, sequences);
  if (arguments.kind == "elf_attention") return train_authors_net<ElfAttentionNet>(arguments, sequences);
  ProposalOptions options = arguments.options;
  options.shape.attention = arguments.kind == "attention";
  if (arguments.steps > 0) options.steps = arguments.steps;
  auto trained = train_proposals(options, sequences, std::cerr);
  if (!trained) return fail(trained.error());
  return Trained{std::move(trained->weights), trained->end.interrupted};
}

/// A network without every fourth sequence, from `fold` on, and what it does on these; or with all for kFolds.
Result<Trained> train_fold(const Arguments& arguments, const std::vector<BoxSequence>& sequences, std::size_t fold) {
  std::vector<const BoxSequence*> used;
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    if (i % kFolds != fold) used.push_back(&sequences[i]);
  }
  std::cerr << (fold < kFolds ? "without every fourth sequence from " + sequences[fold].name : "with all sequences")
            << ":\n";
  return train_kind(arguments, used);
}

Status fit_all(const Arguments& arguments) {
  const auto sequences = read_boxes(arguments.boxes);
  if (!sequences) return sequences.error();
  std::error_code failed;
  std::filesystem::create_directories(arguments.out, failed);
  std::vector<const BoxSequence*> used;
  std::vector<std::string> names;
  for (const BoxSequence& sequence : *sequences) {
    used.push_back(&sequence);
    names.push_back(sequence.name);
  }
  return write_bytes(format_autoregressive_weights(fit_autoregressive(used), names),
                     arguments.out / "weir_proposals.autoregressive");
}

Status train_all(const Arguments& arguments, int& exit) {
  const auto sequences = read_boxes(arguments.boxes);
  if (!sequences) return sequences.error();
  std::error_code failed;
  std::filesystem::create_directories(arguments.out, failed);
  std::vector<Weights> folds;
  std::vector<HeldOutErrors> errors;
  for (std::size_t fold = 0; fold < kFolds; ++fold) {
    if (arguments.fold >= 0 && fold != static_cast<std::size_t>(arguments.fold)) continue;
    auto trained = train_fold(arguments, *sequences, fold);
    if (!trained) return trained.error();
    if (trained->interrupted) {
      exit = kInterruptedExit;
      return {};
    }
    HeldOutErrors& held_out = errors.emplace_back();
    for (std::size_t i = fold; i < sequences->size(); i += kFolds) {
      const auto predictor = make_predictor(trained->weights);  // its factors are 1 yet
      held_out.add(held_out_errors(*predictor, (*sequences)[i]));
    }
    print_score("fold " + std::to_string(fold), score(trained->weights, *sequences, fold, Identity::truth));
    folds.push_back(std::move(trained->weights));
  }
  if (arguments.fold >= 0) return {};
  HonestScore sum{};
  for (std::size_t fold = 0; fold < kFolds; ++fold) {
    HeldOutErrors others;
    for (std::size_t other = 0; other < kFolds; ++other) {
      if (other != fold) others.add(errors[other]);
    }
    set_factors(folds[fold], std::move(others));
    const HonestScore part = score(folds[fold], *sequences, fold, Identity::truth);
    for (std::size_t a = 0; a < sum.size(); ++a) sum[a].add(part[a]);
    const std::string name = "fold_" + std::to_string(fold) + "." + arguments.kind;
    if (Status status = write_weights(folds[fold], arguments.out / name); !status) return status;
  }
  print_score("held out", sum);
  if (arguments.folds_only) return {};
  auto trained = train_fold(arguments, *sequences, kFolds);
  if (!trained) return trained.error();
  if (trained->interrupted) {
    exit = kInterruptedExit;
    return {};
  }
  HeldOutErrors all;
  for (const HeldOutErrors& part : errors) all.add(part);
  set_factors(trained->weights, std::move(all));
  return write_weights(trained->weights, arguments.out / ("weir_proposals." + arguments.kind));
}

}  // namespace
}  // namespace weir::train

int main(int count, char** values) {
  using namespace weir::train;
  Arguments arguments;
  ProposalOptions& options = arguments.options;
  CLI::App program("Trains the networks that predict where objects will be", "train-proposals");
  program.add_option("--boxes", arguments.boxes, "Table of boxes: seq,frame,track_id,x1,y1,x2,y2,img_w,img_h")
      ->type_name("FILE.csv")
      ->required();
  program.add_option("--kind", arguments.kind, "What to train")
      ->capture_default_str()
      ->check(CLI::IsMember({"lstm", "attention", "elf_lstm", "elf_attention", "autoregressive"}));
  program.add_option("--out", arguments.out, "Folder for the weights")->capture_default_str();
  program.add_option("--seed", options.seed, "Seed of weights, order and changes")->capture_default_str();
  program.add_option("--threads", options.threads, "Threads; 0 takes all cores")
      ->capture_default_str()
      ->check(CLI::Range(0, 256));
  program.add_option("--steps", arguments.steps, "Steps of each training; 2000, of the authors' networks 10000")
      ->check(CLI::Range(1, 1000000));
  program.add_option("--tracks", options.tracks, "Tracks in a step")->capture_default_str()->check(CLI::Range(1, 4096));
  program.add_option("--rate", options.rate, "Highest learning rate")->capture_default_str();
  program.add_option("--units", options.shape.hidden, "Hidden units")->capture_default_str()->check(CLI::Range(1, 512));
  program.add_option("--dropout", options.shape.dropout, "Share of units left out while learning")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 0.9));
  program.add_option("--decay", options.weight_decay, "Weight decay")->capture_default_str();
  program.add_option("--fold", arguments.fold, "Only train and score without this fold; writes nothing")
      ->check(CLI::Range(0, 3));
  program.add_flag("--folds-only", arguments.folds_only, "Do not train on all sequences in the end");
  program.footer(kFooter);
  CLI11_PARSE(program, count, values);
  int exit = 0;
  const weir::Status status = arguments.kind == "autoregressive" ? fit_all(arguments) : train_all(arguments, exit);
  if (!status) {
    std::cerr << "error: " << status.error().text << '\n';
    return exit_code(status.error());
  }
  return exit;
}
