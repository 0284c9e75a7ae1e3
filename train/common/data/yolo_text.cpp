// SPDX-License-Identifier: Apache-2.0
#include "train/common/data/yolo_text.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "train/common/data/reading.hpp"

namespace weir::train {
namespace {

constexpr int kCocoClasses = 80;

/// The detector's class for one of COCO's 80, or nothing.
std::optional<RoadClass> road_class(int coco) {
  switch (coco) {
    case 0:
      return kPedestrian;
    case 1:
      return kCyclist;
    case 2:
    case 5:
    case 7:
      return kVehicle;
    case 3:
      return kMotorcycle;
    default:
      return std::nullopt;
  }
}

std::string_view take_word(std::string_view& line) {
  constexpr std::string_view kBlanks = " \t\r\v\f";
  line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(kBlanks));
  line.remove_prefix(word.size());
  return word;
}

/// Reads one row into the example; the text says what is wrong with it.
std::string add_row(Example& example, std::string_view line) {
  std::array<double, 5> value{};
  for (double& v : value) {
    const std::string_view word = take_word(line);
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), v);
    if (error != std::errc() || end != word.data() + word.size() || !std::isfinite(v)) {
      return "\"" + std::string(word.substr(0, 24)) + "\" is no finite number, wanted \"class cx cy w h\"";
    }
  }
  if (!take_word(line).empty()) return "more than 5 columns, wanted \"class cx cy w h\"";
  if (value[0] != std::floor(value[0]) || value[0] < 0 || value[0] >= kCocoClasses) {
    return "class " + std::to_string(value[0]) + ", wanted a whole number from 0 to 79";
  }
  const double width = example.image.cols, height = example.image.rows;
  const Box box{
      static_cast<float>((value[1] - value[3] / 2) * width), static_cast<float>((value[2] - value[4] / 2) * height),
      static_cast<float>((value[1] + value[3] / 2) * width), static_cast<float>((value[2] + value[4] / 2) * height)};
  if (std::string why = impossible(box, example.image.size()); !why.empty()) return why;
  if (const auto label = road_class(static_cast<int>(value[0]))) {
    example.boxes.push_back({clip(box, static_cast<float>(width), static_cast<float>(height)), *label, 1});
  }
  return {};
}

void add_rows(Example& example, const std::filesystem::path& file, std::string_view text, ReadReport& report) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.find_first_not_of(" \t\r\v\f") == std::string_view::npos) continue;
    if (const std::string why = add_row(example, line); !why.empty()) skip_row(report, file, number, why);
  }
  report.boxes += static_cast<int>(example.boxes.size());
  example.labelled = true;
}

}  // namespace

Result<std::vector<Example>> read_yolo_text(const std::filesystem::path& folder, ReadReport& report) {
  if (const auto labels = list_files(folder / "labels", {}); !labels) return fail(labels.error());
  auto examples = read_unlabelled(folder / "images", report);
  if (!examples) return examples;
  const std::string source = (folder.has_filename() ? folder : folder.parent_path()).filename().string();
  for (Example& example : *examples) {
    const std::string stem = std::filesystem::path(example.name).filename().string();
    example.name = source + "/" + stem;
    const std::filesystem::path file = folder / "labels" / (stem + ".txt");
    if (std::error_code error; !std::filesystem::exists(file, error)) continue;
    const Result<std::string> text = read_text(file);
    if (!text) return fail(text.error());
    add_rows(example, file, *text, report);
  }
  return examples;
}

}  // namespace weir::train
