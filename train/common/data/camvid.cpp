// SPDX-License-Identifier: Apache-2.0
#include "train/common/data/camvid.hpp"

#include <array>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <optional>
#include <system_error>
#include <utility>

#include "train/common/data/reading.hpp"

namespace weir::train {
namespace {

/// The mask with every value that is no class made kUnlabelledPixel; nothing when it does not decode or does not fit.
std::optional<cv::Mat> read_mask(const std::filesystem::path& file, cv::Size size, ReadReport& report) {
  std::string why = "the mask is missing or does not decode, wanted a PNG of class numbers";
  try {
    std::error_code error;
    const bool exists = std::filesystem::exists(file, error);  // OpenCV prints a warning for a missing file
    const cv::Mat mask = exists ? cv::imread(file.string(), cv::IMREAD_UNCHANGED) : cv::Mat();
    if (mask.type() == CV_8UC1 && mask.size() == size) {
      std::array<unsigned char, 256> classes{};
      for (std::size_t i = 0; i < classes.size(); ++i) {
        classes[i] = i < kCamvidClasses ? static_cast<unsigned char>(i) : kUnlabelledPixel;
      }
      cv::Mat out;
      cv::LUT(mask, cv::Mat(1, 256, CV_8UC1, classes.data()), out);
      return out;
    }
    if (!mask.empty()) why = "the mask is not one byte per pixel of its image's size";
  } catch (const std::exception& e) {
    why = e.what();
  }
  skip_image(report, file, why);
  return std::nullopt;
}

}  // namespace

Result<std::vector<Example>> read_camvid(const std::filesystem::path& root, std::string_view part, ReadReport& report) {
  auto examples = read_unlabelled(root / part, report);
  if (!examples) return examples;
  for (Example& example : *examples) example.name = "camvid/" + example.name;
  return examples;
}

Result<std::vector<SegmentExample>> read_camvid_masks(const std::filesystem::path& root, std::string_view part,
                                                      ReadReport& report) {
  const std::filesystem::path masks = root / (std::string(part) + "annot");
  if (const auto found = list_images(masks); !found) return fail(found.error());
  auto images = read_camvid(root, part, report);
  if (!images) return fail(images.error());
  std::vector<SegmentExample> examples;
  for (Example& image : *images) {
    const std::string stem = std::filesystem::path(image.name).filename().string();
    std::optional<cv::Mat> mask = read_mask(masks / (stem + ".png"), image.image.size(), report);
    if (!mask) {
      --report.images;
      continue;
    }
    examples.push_back({std::move(image.name), std::move(image.image), std::move(*mask)});
  }
  return examples;
}

}  // namespace weir::train
