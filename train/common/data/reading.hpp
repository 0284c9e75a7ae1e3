// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <initializer_list>
#include <opencv2/core/mat.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/base/status.hpp"
#include "train/common/data/example.hpp"

namespace weir::train {

/// The files of `folder` that end in one of `endings` (".png"), by name. Errors: not_found names the folder.
Result<std::vector<std::filesystem::path>> list_files(const std::filesystem::path& folder,
                                                      std::initializer_list<std::string_view> endings);

/// The PNG and JPEG files of `folder`, by name. Errors: not_found, when it is missing or has none.
Result<std::vector<std::filesystem::path>> list_images(const std::filesystem::path& folder);

/// The picture as 8-bit BGR; nothing, and a line in `report`, when the file does not decode.
std::optional<cv::Mat> read_picture(const std::filesystem::path& file, ReadReport& report);

/// The bytes of a file of at most 64 MiB. Errors: not_found, io.
Result<std::string> read_text(const std::filesystem::path& file);

/// Counts a label row that was left out. `line` is from 1.
void skip_row(ReadReport& report, const std::filesystem::path& file, std::size_t line, std::string_view why);

/// Counts an image file that was left out.
void skip_image(ReadReport& report, const std::filesystem::path& file, std::string_view why);

/// Why `box` cannot lie in an image of that size: empty, not finite, wholly outside, or reaching more than half the
/// image's size beyond an edge. Empty text: it can.
std::string impossible(const Box& box, cv::Size image);

/// Reads every picture of `folder` as an unlabelled example. Errors: not_found.
Result<std::vector<Example>> read_unlabelled(const std::filesystem::path& folder, ReadReport& report);

}  // namespace weir::train
