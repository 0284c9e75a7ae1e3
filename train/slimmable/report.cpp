// SPDX-License-Identifier: Apache-2.0
#include "train/slimmable/report.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "train/common/report/model_card.hpp"
#include "train/slimmable/jpeg.hpp"

namespace weir::train {
namespace {

constexpr std::string_view kListEnd = "_setups.json";

Result<std::string> bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(Code::not_found, "model " + path.string() + " cannot be read");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<ImageView> views_of(const ImageSet& set) {
  std::vector<ImageView> views;
  for (std::size_t i = 0; i < set.size(); ++i) {
    views.push_back({set.image(i), set.width, set.height, 3 * set.width, PixelFormat::bgr8});
  }
  return views;
}

PreprocessOptions input_of(const ImageSet& set) {
  PreprocessOptions input;
  input.width = set.width;
  input.height = set.height;
  return input;
}

const SetupTop1* find(const std::vector<SetupTop1>& scores, const std::string& setup) {
  const auto found = std::ranges::find(scores, setup, &SetupTop1::setup);
  return found == scores.end() ? nullptr : &*found;
}

std::string points(double share) { return fixed(100 * share, 2); }

/// What each single network's setup loses in a shared one, in the singles' order.
std::vector<double> losses(const std::vector<SetupTop1>& shared, const std::vector<SetupTop1>& singles) {
  std::vector<double> lost;
  for (const SetupTop1& single : singles) {
    if (const SetupTop1* score = find(shared, single.setup)) lost.push_back(single.top1 - score->top1);
  }
  return lost;
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

/// Top-1 of JPEG at so many bytes, or "-".
std::string jpeg_at(const std::vector<JpegScore>& jpeg, double JpegScore::*bytes, double wanted) {
  for (std::size_t i = 0; i < jpeg.size(); ++i) {
    if (wanted > jpeg[i].*bytes) continue;
    if (i == 0) return wanted < jpeg[0].*bytes ? "-" : points(jpeg[0].top1);
    const double part = (wanted - jpeg[i - 1].*bytes) / (jpeg[i].*bytes - jpeg[i - 1].*bytes);
    return points(jpeg[i - 1].top1 + part * (jpeg[i].top1 - jpeg[i - 1].top1));
  }
  return jpeg.empty() ? "-" : points(jpeg.back().top1);
}

}  // namespace

Result<std::vector<SlimmableFiles>> read_slimmable(const std::filesystem::path& folder) {
  std::set<std::string> names;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
    const std::string file = entry.path().filename().string();
    if (file.ends_with(kListEnd)) names.insert(file.substr(0, file.size() - kListEnd.size()));
  }
  if (failed) return fail(Code::not_found, "folder " + folder.string() + " cannot be read");
  std::vector<SlimmableFiles> all;
  for (const std::string& name : names) {
    auto setups = load_setups(folder / (name + std::string(kListEnd)));
    if (!setups) return fail(setups.error());
    auto head = bytes_of(folder / (name + "_head.onnx")), tail = bytes_of(folder / (name + "_tail.onnx"));
    if (!head) return fail(head.error());
    if (!tail) return fail(tail.error());
    all.push_back({name, std::move(*head), std::move(*tail), std::move(*setups)});
  }
  return all;
}

Result<std::vector<SetupTop1>> score_setups(const SlimmableFiles& files, const ImageSet& test,
                                            const std::vector<std::string>& setups) {
  SwitchableSetups chosen = files.setups;
  if (!setups.empty()) {
    std::erase_if(chosen.setups, [&](const SwitchableSetup& setup) { return !std::ranges::count(setups, setup.name); });
  }
  return measure_top1(files.head, files.tail, chosen, {views_of(test), test.labels}, input_of(test));
}

Result<double> score_network(const std::string& network, const ImageSet& test) {
  return network_top1(network, {views_of(test), test.labels}, input_of(test));
}

Result<std::vector<JpegScore>> score_jpeg(const std::string& network, const ImageSet& test,
                                          const std::vector<int>& qualities) {
  std::vector<JpegScore> scores;
  for (const int quality : qualities) {
    const auto coded = recode_jpeg(test, quality);
    if (!coded) return fail(coded.error());
    const auto top1 = score_network(network, coded->images);
    if (!top1) return fail(top1.error());
    scores.push_back({quality, coded->file_bytes, coded->coded_bytes, *top1});
  }
  return scores;
}

std::string grid_table(const std::vector<SetupTop1>& grid, const SwitchableSetups& setups) {
  std::map<int, std::map<int, const SetupTop1*>> cells;
  std::set<int, std::greater<>> bits;
  for (const SwitchableSetup& setup : setups.setups) {
    cells[setup.channels][setup.bits] = find(grid, setup.name);
    bits.insert(setup.bits);
  }
  std::string head = "| channels |", line = "|---|", rows;
  for (const int b : bits) {
    head += " " + std::to_string(b) + " bit |";
    line += "---|";
  }
  for (const auto& [channels, row] : cells) {
    rows += "| " + std::to_string(channels) + " |";
    for (const int b : bits) {
      const auto cell = row.find(b);
      rows += cell == row.end() || cell->second == nullptr
                  ? " |"
                  : " " + points(cell->second->top1) + " (" + fixed(cell->second->packed_bytes, 0) + ") |";
    }
    rows += "\n";
  }
  return head + "\n" + line + "\n" + rows;
}

std::string single_table(const std::vector<SetupTop1>& grid, const std::vector<SetupTop1>& singles) {
  std::string table = "| setup | trained alone | switchable | loss |\n|---|---|---|---|\n";
  for (const SetupTop1& single : singles) {
    const SetupTop1* shared = find(grid, single.setup);
    if (shared == nullptr) continue;
    table += "| " + single.setup + " | " + points(single.top1) + " | " + points(shared->top1) + " | " +
             points(single.top1 - shared->top1) + " |\n";
  }
  const std::vector<double> lost = losses(grid, singles);
  if (lost.empty()) return table;
  return table + "| mean | | | " + points(mean_of(lost)) + " |\n| worst | | | " + points(std::ranges::max(lost)) +
         " |\n";
}

std::string ablation_table(const std::vector<std::pair<std::string, std::vector<SetupTop1>>>& networks,
                           const std::vector<SetupTop1>& singles) {
  std::string table = "| parts | max | min | mean |\n|---|---|---|---|\n";
  for (const auto& [name, scores] : networks) {
    const std::vector<double> lost = losses(scores, singles);
    if (lost.empty()) continue;
    table += "| " + name + " | " + fixed(std::ranges::max(lost), 4) + " | " + fixed(std::ranges::min(lost), 4) + " | " +
             fixed(mean_of(lost), 4) + " |\n";
  }
  return table;
}

std::string jpeg_table(const std::vector<SetupTop1>& grid, const std::vector<JpegScore>& jpeg) {
  std::string table =
      "| setup | top-1 | packed bytes | JPEG file | JPEG without tables | coded bytes | JPEG file | JPEG without "
      "tables |\n"
      "|---|---|---|---|---|---|---|---|\n";
  for (const SetupTop1& score : grid) {
    table += "| " + score.setup + " | " + points(score.top1) + " |";
    for (const double bytes : {score.packed_bytes, score.bytes}) {
      table += " " + fixed(bytes, 0) + " | " + jpeg_at(jpeg, &JpegScore::file_bytes, bytes) + " | " +
               jpeg_at(jpeg, &JpegScore::coded_bytes, bytes) + " |";
    }
    table += "\n";
  }
  return table;
}

}  // namespace weir::train
