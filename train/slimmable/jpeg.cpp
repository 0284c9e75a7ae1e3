// SPDX-License-Identifier: Apache-2.0
#include "train/slimmable/jpeg.hpp"

#include <algorithm>
#include <opencv2/imgcodecs.hpp>

namespace weir::train {
namespace {

constexpr std::uint8_t kDht = 0xC4, kDqt = 0xDB, kScan = 0xDA;

bool encode(const cv::Mat& image, int quality, bool own_tables, std::vector<std::uint8_t>& file) {
  return cv::imencode(".jpg", image, file,
                      {cv::IMWRITE_JPEG_QUALITY, quality, cv::IMWRITE_JPEG_OPTIMIZE, own_tables ? 1 : 0});
}

}  // namespace

std::size_t without_tables(const std::vector<std::uint8_t>& file) {
  std::size_t tables = 0;
  for (std::size_t at = 2; at + 4 <= file.size() && file[at] == 0xFF && file[at + 1] != kScan;) {
    const std::size_t segment = 2 + (std::size_t{file[at + 2]} << 8U) + file[at + 3];
    if (file[at + 1] == kDht || file[at + 1] == kDqt) tables += segment;
    at += segment;
  }
  return file.size() - std::min(tables, file.size());
}

Result<JpegSet> recode_jpeg(const ImageSet& set, int quality) {
  JpegSet coded{{{}, set.labels, set.width, set.height, set.classes}};
  coded.images.pixels.resize(set.pixels.size());
  std::vector<std::uint8_t> file;
  for (std::size_t i = 0; i < set.size(); ++i) {
    const cv::Mat image(set.height, set.width, CV_8UC3, const_cast<std::uint8_t*>(set.image(i)));
    const cv::Mat decoded(set.height, set.width, CV_8UC3, coded.images.pixels.data() + i * set.image_bytes());
    if (!encode(image, quality, false, file))
      return fail(Code::internal, "image " + std::to_string(i) + " cannot be coded as JPEG");
    coded.coded_bytes += static_cast<double>(without_tables(file));
    cv::imdecode(file, cv::IMREAD_COLOR).copyTo(decoded);
    if (encode(image, quality, true, file)) coded.file_bytes += static_cast<double>(file.size());
  }
  coded.file_bytes /= static_cast<double>(std::max<std::size_t>(set.size(), 1));
  coded.coded_bytes /= static_cast<double>(std::max<std::size_t>(set.size(), 1));
  return coded;
}

}  // namespace weir::train
