// SPDX-License-Identifier: Apache-2.0
#include "train/common/data/kitti.hpp"

#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "kernels/eval/kitti_format.hpp"
#include "train/common/data/kitti_types.hpp"
#include "train/common/data/reading.hpp"

namespace weir::train {
namespace {

namespace fs = std::filesystem;

/// The number an image file is named after; -1 when its name is not a number.
int number_of(const fs::path& file) {
  const std::string name = file.stem().string();
  int number = -1;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  return error == std::errc() && end == name.data() + name.size() ? number : -1;
}

/// The line of row i, as the parser gives bad lines only: the i-th of those that are neither empty nor bad.
std::vector<std::size_t> lines_of_rows(std::string_view text, const std::vector<BadLine>& bad) {
  std::vector<std::size_t> lines;
  std::size_t number = 0, next_bad = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const bool blank = text.substr(0, end).find_first_not_of(" \t\r\v\f") == std::string_view::npos;
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (next_bad < bad.size() && bad[next_bad].line == number) {
      ++next_bad;
    } else if (!blank) {
      lines.push_back(number);
    }
  }
  return lines;
}

/// Label rows and where in their file they stand.
template <typename Row>
struct Labels {
  std::vector<Row> rows;
  std::vector<std::size_t> lines;
};

template <typename Row>
Result<Labels<Row>> read_labels(const fs::path& file, ParsedRows<Row> (*parse)(std::string_view), ReadReport& report) {
  const Result<std::string> text = read_text(file);
  if (!text) return fail(text.error());
  ParsedRows<Row> parsed = parse(*text);
  for (const BadLine& bad : parsed.bad) skip_row(report, file, bad.line, bad.reason);
  return Labels<Row>{std::move(parsed.rows), lines_of_rows(*text, parsed.bad)};
}

void add_object(Example& example, const TruthBox& object, const fs::path& file, std::size_t line, ReadReport& report) {
  if (const std::string why = impossible(object.box, example.image.size()); !why.empty()) {
    skip_row(report, file, line, why);
  } else if (add_kitti_object(example, object)) {
    ++report.boxes;
  }
}

Status label_from_file(Example& example, const fs::path& file, ReadReport& report) {
  const auto labels = read_labels(file, parse_object_labels, report);
  if (!labels) return labels.error();
  example.labelled = true;
  for (std::size_t i = 0; i < labels->rows.size(); ++i) {
    add_object(example, labels->rows[i], file, labels->lines[i], report);
  }
  return {};
}

/// Reads the images that `wanted` accepts, each with the label file of its name where there is one.
template <typename Wanted>
Result<std::vector<Example>> read_pairs(const fs::path& images, const fs::path& labels, const std::string& source,
                                        Wanted wanted, ReadReport& report) {
  const auto files = list_images(images);
  if (!files) return fail(files.error());
  std::vector<Example> examples;
  for (const fs::path& file : *files) {
    if (!wanted(file)) continue;
    std::optional<cv::Mat> image = read_picture(file, report);
    if (!image) continue;
    Example example{source + "/" + file.stem().string(), std::move(*image), {}, {}, false};
    const fs::path label = labels / (file.stem().string() + ".txt");
    if (std::error_code error; fs::exists(label, error)) {
      if (const Status read = label_from_file(example, label, report); !read) return fail(read.error());
    }
    examples.push_back(std::move(example));
    ++report.images;
  }
  return examples;
}

}  // namespace

// KITTI's levels "largely occluded" and "unknown". What hardly shows teaches to see objects behind every other one.
constexpr int kMostlyHidden = 2;

bool add_kitti_object(Example& example, const TruthBox& object) {
  static const std::map<std::string_view, RoadClass> kLearned{{"Car", kVehicle},
                                                              {"Van", kVehicle},
                                                              {"Truck", kVehicle},
                                                              {"Pedestrian", kPedestrian},
                                                              {"Person_sitting", kPedestrian},
                                                              {"Cyclist", kCyclist}};
  const Box box = clip(object.box, static_cast<float>(example.image.cols), static_cast<float>(example.image.rows));
  const auto learned = kLearned.find(object.type);
  if (learned == kLearned.end() || object.occluded >= kMostlyHidden) {
    example.ignored.push_back(box);
    return false;
  }
  example.boxes.push_back({box, learned->second, 1});
  return true;
}

Result<std::vector<Example>> read_kitti_object(const fs::path& folder, int first, int end, ReadReport& report) {
  if (const auto labels = list_files(folder / "label_2", {}); !labels) return fail(labels.error());
  const auto wanted = [=](const fs::path& file) { return number_of(file) >= first && number_of(file) < end; };
  return read_pairs(folder / "image_2", folder / "label_2", "kitti_object", wanted, report);
}

Result<std::vector<Example>> read_kitti_tracking(const fs::path& root, std::string_view sequence, ReadReport& report) {
  const std::string name(sequence);
  const fs::path file = root / "label_02" / (name + ".txt");
  const auto labels = read_labels(file, parse_tracking_truth, report);
  if (!labels) return fail(labels.error());
  const auto any = [](const fs::path& image) { return number_of(image) >= 0; };
  auto examples = read_pairs(root / "image_02" / name, {}, "kitti_tracking/" + name, any, report);
  if (!examples) return examples;
  std::map<std::int64_t, Example*> by_frame;
  for (Example& example : *examples) {
    example.labelled = true;
    by_frame[number_of(example.name)] = &example;
  }
  for (std::size_t i = 0; i < labels->rows.size(); ++i) {
    const auto at = by_frame.find(labels->rows[i].frame);
    if (at != by_frame.end()) add_object(*at->second, labels->rows[i].object, file, labels->lines[i], report);
  }
  return examples;
}

Result<std::vector<Example>> read_kitti_raw(const fs::path& drive, ReadReport& report) {
  const auto any = [](const fs::path&) { return true; };
  const fs::path whole = drive.has_filename() ? drive : drive.parent_path();
  return read_pairs(drive / "image_02" / "data", drive / "label_2", whole.filename().string(), any, report);
}

}  // namespace weir::train
