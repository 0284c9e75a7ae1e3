// SPDX-License-Identifier: Apache-2.0
#include "train/common/data/clip.hpp"

#include <exception>
#include <opencv2/videoio.hpp>
#include <string>

namespace weir::train {

Result<std::vector<Example>> read_clip(const std::filesystem::path& file, int every, int max_frames,
                                       ReadReport& report) {
  if (every < 1 || max_frames < 1) {
    return fail(Code::invalid, "read_clip: every " + std::to_string(every) + ", max_frames " +
                                   std::to_string(max_frames) + "; both must be at least 1");
  }
  if (std::error_code error; !std::filesystem::is_regular_file(file, error)) {
    return fail(Code::not_found, "no video file " + file.string());
  }
  std::vector<Example> examples;
  std::string why = "no frame decodes, wanted a video file";
  try {
    cv::VideoCapture video(file.string());
    for (int frame = 0; static_cast<int>(examples.size()) < max_frames && video.grab(); ++frame) {
      if (frame % every != 0) continue;
      Example example;
      cv::Mat image;
      if (!video.retrieve(image) || image.type() != CV_8UC3) break;
      example.image = image.clone();  // a decoder may use its own memory again
      example.name = file.filename().string() + "/" + std::to_string(frame);
      examples.push_back(std::move(example));
    }
  } catch (const std::exception& e) {
    why = e.what();
  }
  if (examples.empty()) return fail(Code::corrupt, file.string() + ": " + why);
  report.images += static_cast<int>(examples.size());
  return examples;
}

}  // namespace weir::train
