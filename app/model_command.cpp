// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "app/command.hpp"
#include "app/model_size.hpp"
#include "app/model_split.hpp"
#include "app/model_text.hpp"
#include "app/text.hpp"
#include "elastic/onnx_model.hpp"
#include "elastic/tfjs/import.hpp"

namespace weir::app {
namespace {

struct InspectArguments {
  std::string file;
  std::string size;
  int runs = 20;
  bool json = false;
};

struct ImportArguments {
  std::string file;
  std::string output;
};

int inspect(const InspectArguments& arguments, Console& console) {
  const auto model = load_onnx(arguments.file);
  if (!model) return report(console, model.error());
  const auto shapes = input_size(arguments.size, *model);
  if (!shapes) return report(console, shapes.error());
  auto result = inspect_model(*model, *shapes);
  if (!result) return report(console, explained(result.error(), arguments.file, arguments.size));
  if (arguments.runs > 0) {
    // The layers are worth showing even when this engine cannot run them.
    if (Status s = add_layer_times(*model, arguments.file, arguments.runs, *result); !s) console.warn(s.error().text);
  }
  const std::string text = arguments.json ? model_json(*result) : model_table(*result);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return kFine;
}

int import(const ImportArguments& arguments, Console& console) {
  const auto model = import_tfjs(arguments.file);
  if (!model) return report(console, model.error());
  if (Status s = save_onnx(*model, arguments.output); !s) return report(console, s.error());
  const std::string text = print("%s: %zu layers, sha256 %s\n", arguments.output.c_str(), model->nodes.size(),
                                 sha256_hex(encode_onnx(*model)).c_str());
  std::fwrite(text.data(), 1, text.size(), stdout);
  return kFine;
}

void add_inspect(CLI::App& command, Console& console, int& exit) {
  const auto arguments = std::make_shared<InspectArguments>();
  CLI::App* sub = command.add_subcommand("inspect", "Layers of an ONNX file: shapes, parameters, MACs, memory, time");
  sub->add_option("FILE", arguments->file, "An ONNX file")->required();
  sub->add_option("--size", arguments->size,
                  "Size of the input image; the file's own unless given. A batch of any size becomes one image")
      ->type_name("WxH");
  sub->add_option("--runs", arguments->runs, "Runs that the times are the median of; 0 measures none")
      ->type_name("N")
      ->check(CLI::Range(0, 10000))
      ->capture_default_str();
  sub->add_flag("--json", arguments->json, "Print JSON in place of the table");
  sub->footer(
      "Memory is what all activations take that are alive while the layer runs, if nothing is computed in place.\n"
      "A layer that the engine runs inside a neighbour has the time \"merged\".\n\n"
      "Example:\n"
      "  pipeline model inspect models/cache/nanodet.onnx --size 640x192");
  sub->callback([&console, &exit, arguments] { exit = inspect(*arguments, console); });
}

void add_import(CLI::App& command, Console& console, int& exit) {
  const auto arguments = std::make_shared<ImportArguments>();
  CLI::App* sub = command.add_subcommand("import", "Convert a TF.js graph model to ONNX");
  sub->add_option("FILE", arguments->file, "A model.json, its weight files beside it")->required();
  sub->add_option("-o,--output", arguments->output, "The ONNX file to write")->type_name("OUT.onnx")->required();
  sub->footer("Example:\n  pipeline model import nanodet.json -o nanodet.onnx");
  sub->callback([&console, &exit, arguments] { exit = import(*arguments, console); });
}

}  // namespace

void add_model_command(CLI::App& program, Console& console, int& exit) {
  CLI::App* command = program.add_subcommand("model", "Look into model files, cut and convert them");
  command->require_subcommand(1);
  add_inspect(*command, console, exit);
  add_import(*command, console, exit);
  add_split_commands(*command, console, exit);
}

}  // namespace weir::app
