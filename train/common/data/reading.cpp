// SPDX-License-Identifier: Apache-2.0
#include "train/common/data/reading.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <opencv2/imgcodecs.hpp>
#include <system_error>
#include <utility>

namespace weir::train {
namespace {

constexpr std::size_t kMaxWarnings = 20;
constexpr std::uintmax_t kMaxText = 64U << 20U;
constexpr float kReach = 0.5F;  // share of the image's size that a box may reach beyond an edge

void warn(ReadReport& report, std::string text) {
  if (report.warnings.size() < kMaxWarnings) report.warnings.push_back(std::move(text));
}

bool is_plain_image(const cv::Mat& image) { return !image.empty() && image.type() == CV_8UC3; }

}  // namespace

Result<std::vector<std::filesystem::path>> list_files(const std::filesystem::path& folder,
                                                      std::initializer_list<std::string_view> endings) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string ending = it->path().extension().string();
    if (std::find(endings.begin(), endings.end(), ending) != endings.end()) files.push_back(it->path());
  }
  if (error) {
    return fail(Code::not_found, "cannot read the folder " + folder.string() + " (" + error.message() +
                                     "); give a folder of the data set's usual layout");
  }
  std::sort(files.begin(), files.end());
  return files;
}

Result<std::vector<std::filesystem::path>> list_images(const std::filesystem::path& folder) {
  auto files = list_files(folder, {".png", ".jpg", ".jpeg"});
  if (files && files->empty()) {
    return fail(Code::not_found, "no .png, .jpg or .jpeg file in " + folder.string() + "; wanted at least one image");
  }
  return files;
}

std::optional<cv::Mat> read_picture(const std::filesystem::path& file, ReadReport& report) {
  std::string why = "does not decode as an image";
  try {
    cv::Mat image = cv::imread(file.string(), cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
    if (is_plain_image(image)) return image;
  } catch (const std::exception& e) {
    why = e.what();
  }
  skip_image(report, file, why);
  return std::nullopt;
}

Result<std::string> read_text(const std::filesystem::path& file) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  std::ifstream in(file, std::ios::binary);
  if (error || !in) return fail(Code::not_found, "cannot open " + file.string() + "; wanted a readable text file");
  if (size > kMaxText) {
    return fail(Code::io, file.string() + " has " + std::to_string(size) + " bytes, wanted at most 64 MiB of labels");
  }
  std::string text(size, '\0');
  if (!in.read(text.data(), static_cast<std::streamsize>(size))) {
    return fail(Code::io, file.string() + " could not be read to its end; check the disk");
  }
  return text;
}

void skip_row(ReadReport& report, const std::filesystem::path& file, std::size_t line, std::string_view why) {
  ++report.skipped;
  warn(report, file.string() + ":" + std::to_string(line) + ": " + std::string(why));
}

void skip_image(ReadReport& report, const std::filesystem::path& file, std::string_view why) {
  ++report.unreadable;
  warn(report, file.string() + ": " + std::string(why));
}

std::string impossible(const Box& box, cv::Size image) {
  const float sides[] = {box.left, box.top, box.right, box.bottom};
  if (!std::all_of(std::begin(sides), std::end(sides), [](float side) { return std::isfinite(side); })) {
    return "a side of the box is not finite, wanted pixels";
  }
  const auto numbers = [&] {
    std::string text;
    for (const float side : sides) text += (text.empty() ? "" : " ") + std::to_string(side);
    return text;
  };
  if (box.right <= box.left || box.bottom <= box.top) {
    return "box " + numbers() + " is empty, wanted left < right and top < bottom";
  }
  const auto width = static_cast<float>(image.width), height = static_cast<float>(image.height);
  const bool meets = box.left < width && box.right > 0 && box.top < height && box.bottom > 0;
  const bool near = box.left >= -kReach * width && box.right <= (1 + kReach) * width && box.top >= -kReach * height &&
                    box.bottom <= (1 + kReach) * height;
  if (meets && near) return {};
  return "box " + numbers() + " lies outside its image of " + std::to_string(image.width) + "x" +
         std::to_string(image.height) + " pixels";
}

Result<std::vector<Example>> read_unlabelled(const std::filesystem::path& folder, ReadReport& report) {
  const auto files = list_images(folder);
  if (!files) return fail(files.error());
  std::vector<Example> examples;
  for (const std::filesystem::path& file : *files) {
    std::optional<cv::Mat> image = read_picture(file, report);
    if (!image) continue;
    Example example;
    example.name = folder.filename().string() + "/" + file.stem().string();
    example.image = std::move(*image);
    examples.push_back(std::move(example));
    ++report.images;
  }
  return examples;
}

}  // namespace weir::train
