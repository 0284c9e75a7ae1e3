// SPDX-License-Identifier: Apache-2.0
#include "app/model_split.hpp"

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "app/model_size.hpp"
#include "app/seams_text.hpp"
#include "app/text.hpp"
#include "elastic/seams.hpp"
#include "elastic/split.hpp"

namespace weir::app {
namespace {

struct SeamsArguments {
  std::string file;
  std::string size;
  int most = 1;
  bool json = false;
};

struct SplitArguments {
  std::string file;
  std::vector<std::string> seam;
  std::string output;
};

void put(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

int seams(const SeamsArguments& arguments, Console& console) {
  const auto model = load_onnx(arguments.file);
  if (!model) return report(console, model.error());
  const auto shapes = input_size(arguments.size, *model);
  if (!shapes) return report(console, shapes.error());
  const auto found = find_seams(*model, *shapes, static_cast<std::size_t>(arguments.most));
  if (!found) return report(console, explained(found.error(), arguments.file, arguments.size));
  if (found->empty()) {
    console.warn("no seam of " + std::to_string(arguments.most) +
                 (arguments.most == 1 ? " tensor; try --most 4" : " tensors or fewer; try a larger --most"));
  }
  put(arguments.json ? seams_json(*found) : seams_table(*found));
  return kFine;
}

int split(const SplitArguments& arguments, Console& console) {
  const auto model = load_onnx(arguments.file);
  if (!model) return report(console, model.error());
  const auto pieces = split_model(*model, arguments.seam);
  if (!pieces) {
    Error error = pieces.error();
    error.text = "model " + arguments.file + ": " + error.text + "; `pipeline model seams " + arguments.file +
                 "` lists where it can be cut";
    return report(console, error);
  }
  for (const auto& [piece, ending] : {std::pair(&pieces->head, "_head.onnx"), std::pair(&pieces->tail, "_tail.onnx")}) {
    const std::string path = arguments.output + ending;
    if (Status s = save_onnx(*piece, path); !s) return report(console, s.error());
    put(print("%s: %zu layers, sha256 %s\n", path.c_str(), piece->nodes.size(),
              sha256_hex(encode_onnx(*piece)).c_str()));
  }
  return kFine;
}

void add_seams(CLI::App& model, Console& console, int& exit) {
  const auto arguments = std::make_shared<SeamsArguments>();
  CLI::App* sub = model.add_subcommand("seams", "Where a network can be cut: what crosses, and the work on each side");
  sub->add_option("FILE", arguments->file, "An ONNX file")->required();
  sub->add_option("--size", arguments->size, "Size of the input image; the file's own unless given")->type_name("WxH");
  sub->add_option("--most", arguments->most, "Most tensors that may cross a seam")
      ->type_name("N")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  sub->add_flag("--json", arguments->json, "Print JSON in place of the table");
  sub->footer(
      "Examples:\n"
      "  pipeline model seams models/weir_nano.onnx --size 640x192\n"
      "  pipeline model seams models/weir_nano.onnx --size 640x192 --most 3");
  sub->callback([&console, &exit, arguments] { exit = seams(*arguments, console); });
}

void add_split(CLI::App& model, Console& console, int& exit) {
  const auto arguments = std::make_shared<SplitArguments>();
  CLI::App* sub = model.add_subcommand("split", "Cut a network into a head and a tail, each an ONNX file");
  sub->add_option("FILE", arguments->file, "An ONNX file")->required();
  sub->add_option("--at", arguments->seam, "The value to cut at; several, with commas between, for a seam of several")
      ->type_name("SEAM")
      ->delimiter(',')
      ->required();
  sub->add_option("-o,--output", arguments->output, "Writes OUT_head.onnx and OUT_tail.onnx")
      ->type_name("OUT")
      ->required();
  sub->footer(
      "The tail takes what the head puts out; run one after the other, they answer as the whole does, bit for bit.\n\n"
      "Example:\n"
      "  pipeline model split models/cache/nanodet.onnx --at SEAM -o out/nanodet");
  sub->callback([&console, &exit, arguments] { exit = split(*arguments, console); });
}

}  // namespace

void add_split_commands(CLI::App& model, Console& console, int& exit) {
  add_seams(model, console, exit);
  add_split(model, console, exit);
}

}  // namespace weir::app
