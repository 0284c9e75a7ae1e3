// SPDX-License-Identifier: Apache-2.0
#include "stages/ingest/kitti_sequence.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <sstream>
#include <system_error>
#include <utility>

#include "stages/ingest/image_files.hpp"

namespace weir {
namespace fs = std::filesystem;
namespace {

enum class Layout { tracking, raw, object, plain };

struct Place {
  fs::path folder;  // holds the images
  Layout layout = Layout::plain;
};

bool is_folder(const fs::path& path) {
  std::error_code unknown;
  return fs::is_directory(path, unknown);
}

bool is_file(const fs::path& path) {
  std::error_code unknown;
  return fs::is_regular_file(path, unknown);
}

bool is_camera(const fs::path& name) { return name.string().starts_with("image_0"); }

Place find_place(const std::string& path) {
  fs::path folder = fs::absolute(path).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  if (is_folder(folder / "image_02" / "data")) return {folder / "image_02" / "data", Layout::raw};
  if (is_camera(folder.filename()) && is_folder(folder / "data")) return {folder / "data", Layout::raw};
  const fs::path parent = folder.parent_path().filename();
  if (is_camera(parent)) return {folder, folder.filename() == "data" ? Layout::raw : Layout::tracking};
  if (folder.filename() == "image_2") return {folder, Layout::object};
  return {folder, Layout::plain};
}

// The label file or folder that goes with the place by KITTI's layout; it need not exist.
fs::path usual_labels(const Place& place) {
  const fs::path above = place.folder.parent_path();
  switch (place.layout) {
    case Layout::tracking:  // only the left colour camera is labelled
      if (above.filename() != "image_02") return {};
      return above.parent_path() / "label_02" / (place.folder.filename().string() + ".txt");
    case Layout::raw:
      return above.filename() == "image_02" ? above.parent_path() / "label_2" : fs::path();
    case Layout::object:
      return above / "label_2";
    case Layout::plain:
      return {};
  }
  return {};
}

std::optional<std::int64_t> number_of(const fs::path& file) {
  const std::string stem = file.stem().string();
  const std::size_t before = stem.find_last_not_of("0123456789");
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(stem.data() + begin, stem.data() + stem.size(), number);
  if (error != std::errc() || number > 1'000'000'000) return std::nullopt;
  return number;
}

// "2011-09-26 13:13:17.364389445"
std::optional<Duration> parse_time(const std::string& line) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0;
  double second = 0;
  if (std::sscanf(line.c_str(), "%d-%d-%d %d:%d:%lf", &year, &month, &day, &hour, &minute, &second) != 6) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || !(second >= 0 && second < 61)) return std::nullopt;
  return Duration(std::chrono::sys_days(date).time_since_epoch()) + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + Duration(static_cast<std::int64_t>(second * 1e9));
}

// Replaces the regular times by the recorded ones; false where the file does not cover every image with rising times.
bool use_time_stamps(const std::string& text, std::vector<KittiImage>& images) {
  std::vector<Duration> times;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto time = parse_time(line);
    if (!time) return false;
    times.push_back(*time);
  }
  for (std::size_t i = 0; i < images.size(); ++i) {
    const auto number = static_cast<std::size_t>(images[i].number);
    if (number >= times.size()) return false;
    if (i > 0 && times[number] <= times[static_cast<std::size_t>(images[i - 1].number)]) return false;
  }
  const Duration first = times[static_cast<std::size_t>(images.front().number)];
  for (KittiImage& image : images) image.time = times[static_cast<std::size_t>(image.number)] - first;
  return true;
}

std::vector<KittiImage> number_images(const std::vector<std::string>& files, double fps, bool one_recording) {
  std::vector<KittiImage> images;
  bool numbered = true;
  for (const std::string& file : files) {
    const auto number = number_of(file);
    if (!number || (!images.empty() && *number <= images.back().number)) numbered = false;
    images.push_back({file, number.value_or(0), {}});
  }
  for (std::size_t i = 0; i < images.size(); ++i) {
    if (!numbered) images[i].number = static_cast<std::int64_t>(i);
    const double periods =
        one_recording ? static_cast<double>(images[i].number - images[0].number) : static_cast<double>(i);
    images[i].time = Duration(static_cast<std::int64_t>(periods * 1e9 / fps));
  }
  return images;
}

Status add_object_labels(const fs::path& folder, KittiSequence& sequence) {
  for (const KittiImage& image : sequence.images) {
    const fs::path file = folder / fs::path(image.file).stem().concat(".txt");
    if (!is_file(file)) continue;
    if (Status status = sequence.truth.add_object_file(file.string(), image.number); !status) return status;
  }
  return {};
}

Status add_truth(const Place& place, const std::string& labels, KittiSequence& sequence) {
  if (labels == "none") return {};
  fs::path source = labels.empty() ? usual_labels(place) : fs::path(labels);
  const fs::path file_of_sequence = source / place.folder.filename().concat(".txt");
  if (is_folder(source) && is_file(file_of_sequence)) source = file_of_sequence;
  if (is_file(source)) return sequence.truth.add_tracking_file(source.string());
  if (is_folder(source)) return add_object_labels(source, sequence);
  if (labels.empty()) return {};
  return {Code::not_found, "labels is \"" + labels +
                               "\", and there is no such file or folder; name a tracking label file "
                               "(label_02/SEQ.txt) or a folder of object labels (label_2), or use \"none\""};
}

}  // namespace

Result<KittiSequence> find_kitti_sequence(const std::string& path, double fps, const std::string& labels) {
  const Place place = find_place(path);
  if (!is_folder(place.folder)) {
    return fail(Code::not_found, "path is \"" + path +
                                     "\", and there is no such folder; name a KITTI recording: .../image_02/SEQ "
                                     "(tracking), a drive's folder (raw) or .../image_2 (object)");
  }
  const auto files = list_images(place.folder.string(), "path");
  if (!files) return fail(files.error());
  KittiSequence sequence;
  sequence.images = number_images(*files, fps, place.layout == Layout::tracking || place.layout == Layout::raw);
  if (place.layout == Layout::raw) {
    const fs::path file = place.folder.parent_path() / "timestamps.txt";
    const auto text = read_text(file.string());
    if (text && !use_time_stamps(*text, sequence.images)) {
      sequence.warnings.push_back(file.string() + " does not give every image a rising time; fps is used in its place");
    }
  }
  if (Status status = add_truth(place, labels, sequence); !status) return fail(status.error());
  for (std::string& warning : sequence.truth.warnings()) sequence.warnings.push_back(std::move(warning));
  return sequence;
}

}  // namespace weir
