// SPDX-License-Identifier: Apache-2.0
#include "bench/switchable/recording.hpp"

#include <algorithm>
#include <filesystem>
#include <opencv2/imgproc.hpp>

#include "bench/common/machine.hpp"
#include "stages/ingest/image_decoder.hpp"

namespace weir::bench {
namespace {

constexpr std::size_t kSingles = 60;

void add_resized(const ImageView& image, std::vector<Frame>& to) {
  const cv::Mat from(image.height, image.width, CV_8UC3, const_cast<std::uint8_t*>(image.data),
                     static_cast<std::size_t>(image.stride));
  const MutableImageView view = to.emplace_back().allocate(kWidth, kHeight, PixelFormat::bgr8);
  cv::Mat small(kHeight, kWidth, CV_8UC3, view.data, static_cast<std::size_t>(view.stride));
  cv::resize(from, small, small.size(), 0, 0, cv::INTER_AREA);
}

Result<Recording> read_folder(const std::string& name, const std::string& folder, std::size_t most) {
  const std::string path = data_path(folder);
  if (path.empty()) return fail(Code::unavailable, "recording " + folder + " is absent; set WEIR_DATA");
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(path)) files.push_back(entry.path().string());
  std::ranges::sort(files);
  if (files.size() > most) files.resize(most);
  Recording recording;
  recording.name = name;
  ImageDecoder decoder;
  Frame frame;
  for (const std::string& file : files) {
    if (Status status = decoder.read(file, frame); !status) return fail(status.error());
    add_resized(frame.image, recording.frames);
  }
  return recording;
}

}  // namespace

std::vector<ImageView> Recording::views() const {
  std::vector<ImageView> views;
  for (const Frame& frame : frames) views.push_back(frame.image);
  return views;
}

Result<Recording> moving_recording() {
  auto scored = kitti_frames();
  if (!scored) return fail(scored.error());
  Recording recording;
  recording.name = "0002";
  recording.truth = std::move(scored->truth);
  for (const Frame& frame : scored->images) {
    recording.scale_x = static_cast<float>(frame.image.width) / kWidth;
    recording.scale_y = static_cast<float>(frame.image.height) / kHeight;
    add_resized(frame.image, recording.frames);
  }
  return recording;
}

Result<Recording> still_recording() {
  return read_folder("0052", "kitti_raw/2011_09_26/2011_09_26_drive_0052_sync/image_02/data", 1000);
}

Result<Recording> single_images() {
  auto singles = read_folder("single", "kitti_object/unlabelled", kSingles);
  if (singles) singles->in_sequence = false;
  return singles;
}

void shorten(Recording& recording, std::size_t most) {
  recording.frames.resize(std::min(recording.frames.size(), most));
  recording.truth.resize(std::min(recording.truth.size(), most));
}

}  // namespace weir::bench
