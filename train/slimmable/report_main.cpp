// SPDX-License-Identifier: Apache-2.0
// report-slimmable: measures what train-slimmable wrote and prints docs/results/switchable-cifar10.md's tables.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "elastic/onnx_model.hpp"
#include "train/common/loop/program.hpp"
#include "train/common/report/model_card.hpp"
#include "train/slimmable/report.hpp"

namespace weir::train {
namespace {

struct Arguments {
  std::filesystem::path data, models, network, ablation;
  std::string name = "weir_slimmable";
  std::vector<int> qualities{1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95};
};

using Named = std::vector<std::pair<std::string, std::vector<SetupTop1>>>;

Result<std::vector<SetupTop1>> single_scores(const std::vector<SlimmableFiles>& all, const std::string& shared,
                                             const ImageSet& test) {
  std::vector<SetupTop1> singles;
  for (const SlimmableFiles& files : all) {
    if (files.name == shared) continue;
    auto scores = score_setups(files, test, {});
    if (!scores) return scores;
    singles.insert(singles.end(), scores->begin(), scores->end());
  }
  std::ranges::stable_sort(singles, std::ranges::greater(), &SetupTop1::packed_bytes);
  return singles;
}

Result<Named> ablation_scores(const Arguments& arguments, const std::vector<SetupTop1>& singles, const ImageSet& test) {
  std::vector<std::string> setups;
  for (const SetupTop1& single : singles) setups.push_back(single.setup);
  Named named;
  const auto all = read_slimmable(arguments.ablation);
  if (!all) return fail(all.error());
  for (const SlimmableFiles& files : *all) {
    auto scores = score_setups(files, test, setups);
    if (!scores) return fail(scores.error());
    named.emplace_back(files.name, std::move(*scores));
  }
  return named;
}

Status report(const Arguments& arguments) {
  ReadReport read;
  const auto test = read_image_tar(arguments.data / "test.tar", read);
  if (!test) return test.error();
  const auto model = load_onnx(arguments.network);
  if (!model) return model.error();
  const std::string network = encode_onnx(*model);
  const auto all = read_slimmable(arguments.models);
  if (!all) return all.error();
  const auto shared = std::ranges::find(*all, arguments.name, &SlimmableFiles::name);
  if (shared == all->end()) {
    return {Code::not_found, "folder " + arguments.models.string() + " holds no " + arguments.name + "_setups.json"};
  }
  const auto whole = score_network(network, *test);
  if (!whole) return whole.error();
  std::cout << "Untouched network: top-1 " << fixed(100 * *whole, 2) << " on " << test->size() << " images.\n\n";
  const auto grid = score_setups(*shared, *test, {});
  if (!grid) return grid.error();
  std::cout << grid_table(*grid, shared->setups) << std::endl;
  const auto singles = single_scores(*all, arguments.name, *test);
  if (!singles) return singles.error();
  std::cout << single_table(*grid, *singles) << std::endl;
  if (!arguments.ablation.empty()) {
    const auto parts = ablation_scores(arguments, *singles, *test);
    if (!parts) return parts.error();
    std::cout << ablation_table(*parts, *singles) << std::endl;
  }
  const auto jpeg = score_jpeg(network, *test, arguments.qualities);
  if (!jpeg) return jpeg.error();
  std::cout << "| JPEG quality | file bytes | bytes without tables | top-1 |\n|---|---|---|---|\n";
  for (const JpegScore& score : *jpeg) {
    std::cout << "| " << score.quality << " | " << fixed(score.file_bytes, 0) << " | " << fixed(score.coded_bytes, 0)
              << " | " << fixed(100 * score.top1, 2) << " |\n";
  }
  std::cout << '\n' << jpeg_table(*grid, *jpeg) << std::flush;
  return {};
}

}  // namespace
}  // namespace weir::train

int main(int count, char** values) {
  using namespace weir::train;
  Arguments arguments;
  CLI::App program("Measures switchable classifiers and prints tables in Markdown", "report-slimmable");
  program.add_option("--data", arguments.data, "Folder with test.tar")->required();
  program.add_option("--models", arguments.models, "Folder with the switchable network and those of one setup each")
      ->required();
  program.add_option("--network", arguments.network, "The untouched network")->type_name("FILE.onnx")->required();
  program.add_option("--name", arguments.name, "Of the switchable network's files")->capture_default_str();
  program.add_option("--ablation", arguments.ablation, "Folder with networks trained with some parts left out");
  program.add_option("--qualities", arguments.qualities, "Of JPEG, rising")->delimiter(',');
  CLI11_PARSE(program, count, values);
  if (const weir::Status status = report(arguments); !status) {
    std::cerr << "error: " << status.error().text << '\n';
    return exit_code(status.error());
  }
  return 0;
}
