// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "app/command.hpp"
#include "app/text.hpp"
#include "elastic/onnx_model.hpp"
#include "kernels/predict/cross_validation.hpp"

namespace weir::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct ProposalArguments {
  std::string boxes;
  std::string weights;
  std::vector<std::string> predictors;
  std::vector<int> ahead{1, 3, 5};
  std::size_t folds = 4;
  std::string size = "1242x375";
  bool uncut = false;
  bool json = false;
};

/// Sequences for both protocols: the authors' one keeps ignore regions.
struct ProposalInput {
  std::vector<BoxSequence> sequences, with_ignored;
};

Result<ProposalInput> read_table(const std::string& path) {
  const auto text = read_file(path, "boxes");
  if (!text) return fail(text.error());
  auto sequences = parse_box_table(*text);
  if (!sequences) return fail(sequences.error().code, path + ": " + sequences.error().text);
  auto all = parse_box_table(*text, true);
  if (!all) return fail(all.error().code, path + ": " + all.error().text);
  return ProposalInput{std::move(*sequences), std::move(*all)};
}

Result<ProposalInput> read_labels(const std::string& folder, const std::string& size) {
  int width = 0, height = 0, read = 0;
  if (std::sscanf(size.c_str(), "%dx%d%n", &width, &height, &read) != 2 || width < 1 || height < 1 ||
      static_cast<std::size_t>(read) != size.size()) {
    return fail(Code::invalid, "--size is \"" + size + "\"; give width x height in pixels, for example 1242x375");
  }
  std::vector<fs::path> files;
  std::error_code failed;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed)) {
    if (entry->path().extension() == ".txt") files.push_back(entry->path());
  }
  if (failed) return fail(Code::io, "folder \"" + folder + "\" cannot be read: " + failed.message());
  std::sort(files.begin(), files.end());
  ProposalInput input;
  for (const fs::path& file : files) {
    const auto text = read_file(file.string(), "labels");
    if (!text) return fail(text.error());
    auto sequence = parse_kitti_sequence(file.stem().string(), *text, width, height);
    if (!sequence) return fail(sequence.error().code, file.string() + ": " + sequence.error().text);
    input.sequences.push_back(std::move(*sequence));
  }
  if (files.empty()) return fail(Code::not_found, "folder \"" + folder + "\" holds no label file as 0000.txt");
  input.with_ignored = input.sequences;
  return input;
}

/// Compares a file with the hash in FILE.sha256; the hash must be there, as train-proposals writes it.
Status check_hash(const std::string& file, const std::string& bytes) {
  const auto wanted = read_file(file + ".sha256", "hash of the weights");
  if (!wanted) return wanted.error();
  const std::string hash = sha256_hex(bytes);
  if (wanted->substr(0, hash.size()) == hash) return {};
  return {Code::corrupt, file + " has the SHA-256 " + hash + ", and " + file + ".sha256 wants " +
                             wanted->substr(0, hash.size()) + "; fetch or train it again"};
}

Result<std::vector<LearnedPredictor>> read_weights(const std::string& folder, std::string_view kind,
                                                   std::size_t folds) {
  std::vector<LearnedPredictor> predictors;
  for (std::size_t fold = 0; fold < folds; ++fold) {
    const std::string file = (fs::path(folder) / ("fold_" + std::to_string(fold) + "." + std::string(kind))).string();
    const auto bytes = read_file(file, "weights");
    if (!bytes) return fail(bytes.error());
    if (Status status = check_hash(file, *bytes); !status) return fail(status.error());
    auto predictor = load_predictor(kind, *bytes);
    if (!predictor) return fail(predictor.error().code, file + ": " + predictor.error().text);
    predictors.push_back(std::move(*predictor));
  }
  return predictors;
}

/// The network kinds of a folder: "lstm" must be there, others may.
Status add_networks(const ProposalArguments& arguments, const ProposalInput& input,
                    std::vector<Candidate>& candidates) {
  for (const std::string_view kind : kNetworkKinds) {
    std::error_code ignored;
    const bool there = fs::exists(fs::path(arguments.weights) / ("fold_0." + std::string(kind)), ignored);
    if (!there && kind != kNetworkKinds.front()) continue;
    const auto predictors = read_weights(arguments.weights, kind, arguments.folds);
    if (!predictors) return predictors.error();
    auto candidate = learned_candidate(input.sequences, *predictors);
    if (!candidate) return candidate.error();
    candidates.push_back(std::move(*candidate));
  }
  return {};
}

Result<std::vector<Candidate>> chosen(const ProposalArguments& arguments, const ProposalInput& input) {
  std::vector<Candidate> candidates = simple_candidates(input.sequences, arguments.folds);
  if (!arguments.weights.empty()) {
    if (Status status = add_networks(arguments, input, candidates); !status) return fail(status.error());
  }
  if (arguments.predictors.empty()) return candidates;
  std::vector<Candidate> wanted;
  for (const std::string& name : arguments.predictors) {
    const auto found = std::ranges::find(candidates, name, &Candidate::name);
    if (found == candidates.end()) {
      std::string known;
      for (const Candidate& candidate : candidates) known += (known.empty() ? "" : ", ") + candidate.name;
      return fail(Code::invalid, "--predictor " + name + " is not one of " + known +
                                     (arguments.weights.empty() ? "; lstm needs --weights" : ""));
    }
    wanted.push_back(*found);
  }
  return wanted;
}

Json json_of(const PredictionSums& sums, bool knows_margin) {
  const auto boxes = static_cast<double>(std::max<std::int64_t>(sums.boxes, 1));
  Json json{{"boxes", sums.boxes}, {"loss", sums.loss / boxes}, {"iou_below_half_percent", 100 * sums.missed / boxes}};
  if (knows_margin) {
    json["contained_percent"] = 100 * sums.contained / boxes;
    json["widened_area"] = sums.area / boxes;
  }
  return json;
}

Json evaluate(const ProposalArguments& arguments, const ProposalInput& input, const Candidate& candidate) {
  Json json{{"predictor", candidate.name}};
  const Cut cut = arguments.uncut ? Cut::nothing : Cut::to_frame;
  for (const auto& [name, identity] : {std::pair{"true_ids", Identity::truth}, {"own_association", Identity::own}}) {
    const HonestScore score = cross_validate(input.sequences, candidate, identity, cut);
    for (const int ahead : arguments.ahead) {
      json[name][std::to_string(ahead)] =
          json_of(score[static_cast<std::size_t>(ahead) - 1],
                  std::ranges::find(kNetworkKinds, candidate.name) != kNetworkKinds.end());
    }
  }
  const LeakyScore leaky = cross_validate_leaky(input.with_ignored, candidate);
  json["leaky"] = {{"windows", leaky.windows},
                   {"loss", leaky.loss / static_cast<double>(std::max<std::int64_t>(leaky.windows, 1))},
                   {"overwritten_percent", 100.0 * static_cast<double>(leaky.overwritten) /
                                               static_cast<double>(std::max<std::int64_t>(leaky.boxes, 1))}};
  return json;
}

std::string table_of(const Json& results, const std::vector<int>& ahead) {
  std::string text = "Honest protocol: mean 1 - IoU per box, by cross-validation; sees only the past\n";
  text += print("%-18s %-16s", "predictor", "identities");
  for (const int a : ahead) text += print("   %d ahead", a);
  text += print("   %s\n", "99 % margin holds");
  for (const Json& result : results) {
    for (const char* identities : {"true_ids", "own_association"}) {
      text += print("%-18s %-16s", result.at("predictor").get<std::string>().c_str(), identities);
      std::string held;
      for (const auto& [a, figures] : result.at(identities).items()) {
        text += print("   %7.4f", figures.at("loss").get<double>());
        if (figures.contains("contained_percent")) {
          held += print(" %.2f %%", figures.at("contained_percent").get<double>());
        }
      }
      text += "  " + held + "\n";
    }
  }
  if (!results.empty()) {
    text += "boxes:";
    for (const auto& [a, figures] : results[0].at("true_ids").items()) {
      text += " " + std::to_string(figures.at("boxes").get<std::int64_t>()) + " (" + a + ")";
    }
    text += "\n";
  }
  text +=
      "\nLeaky protocol of Elf's authors, for comparison only: inputs are matched to the answer and overwritten by "
      "it\n";
  for (const Json& result : results) {
    const Json& leaky = result.at("leaky");
    text += print("%-18s loss %.4f over %lld windows, newest input overwritten for %.1f %% of boxes\n",
                  result.at("predictor").get<std::string>().c_str(), leaky.at("loss").get<double>(),
                  static_cast<long long>(leaky.at("windows").get<std::int64_t>()),
                  leaky.at("overwritten_percent").get<double>());
  }
  return text;
}

Status run(const ProposalArguments& arguments) {
  std::error_code ignored;
  const bool folder = fs::is_directory(arguments.boxes, ignored);
  const auto input = folder ? read_labels(arguments.boxes, arguments.size) : read_table(arguments.boxes);
  if (!input) return input.error();
  if (input->sequences.size() < arguments.folds) {
    return {Code::invalid, arguments.boxes + " has " + std::to_string(input->sequences.size()) +
                               " sequences; --folds " + std::to_string(arguments.folds) +
                               " needs as many at least, so that each fold holds one out"};
  }
  const auto candidates = chosen(arguments, *input);
  if (!candidates) return candidates.error();
  Json results = Json::array();
  for (const Candidate& candidate : *candidates) results.push_back(evaluate(arguments, *input, candidate));
  const std::string text = arguments.json ? results.dump(2) + "\n" : table_of(results, arguments.ahead);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return {};
}

}  // namespace

void add_proposals_command(CLI::App& program, Console& console, int& exit) {
  const auto arguments = std::make_shared<ProposalArguments>();
  CLI::App* command =
      program.add_subcommand("eval-proposals", "Score predictions of where objects will be, by cross-validation");
  command->add_option("--boxes", arguments->boxes, "A table of boxes, or a folder of KITTI tracking labels (label_02)")
      ->type_name("FILE.csv|FOLDER")
      ->required();
  command->add_option("--weights", arguments->weights, "Folder of fold_0.lstm and so on, from train-proposals")
      ->type_name("FOLDER");
  command
      ->add_option(
          "--predictor", arguments->predictors,
          "copy, velocity, mean_velocity_3, autoregressive_5; with --weights also lstm, and attention, elf_lstm "
          "and elf_attention where they are; all unless given")
      ->delimiter(',');
  command->add_option("--ahead", arguments->ahead, "Frames ahead, 1 to 5")
      ->delimiter(',')
      ->check(CLI::Range(1, kFarthestAhead))
      ->capture_default_str();
  command->add_option("--folds", arguments->folds, "Folds: every so-manieth sequence is held out in turn")
      ->check(CLI::Range(2, 100))
      ->capture_default_str();
  command->add_option("--size", arguments->size, "Size of the frames of KITTI labels, which do not tell it")
      ->type_name("WxH")
      ->capture_default_str();
  command->add_flag("--uncut", arguments->uncut, "Compare predictions as they are, not cut to the frame");
  command->add_flag("--json", arguments->json, "Print JSON in place of the table");
  command->footer(
      "The table has the header seq,frame,track_id,x1,y1,x2,y2,img_w,img_h and one row for each box; track_id is\n"
      "class * 1000 + instance, class 10 marks regions to ignore. A sample is a box whose object is there one frame\n"
      "earlier and in the frame to predict. own_association: the predictor gets boxes without identities.\n\n"
      "Examples:\n"
      "  pipeline eval-proposals --boxes train_boxes.csv\n"
      "  pipeline eval-proposals --boxes train_boxes.csv --weights models/proposals --predictor autoregressive_5,lstm\n"
      "  pipeline eval-proposals --boxes kitti_tracking/label_02 --ahead 1,2 --json");
  command->callback([&console, &exit, arguments] {
    if (const Status status = run(*arguments); !status) {
      console.error(status.error().text);
      exit = exit_code(status.error());
    }
  });
}

}  // namespace weir::app
