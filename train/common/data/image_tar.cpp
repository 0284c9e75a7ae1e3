// SPDX-License-Identifier: Apache-2.0
#include "train/common/data/image_tar.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <fstream>
#include <map>
#include <opencv2/imgcodecs.hpp>
#include <optional>
#include <span>
#include <string_view>

#include "train/common/data/reading.hpp"

namespace weir::train {
namespace {

constexpr std::size_t kBlock = 512;  // POSIX.1-1988 ustar: headers and contents come in blocks of this size
constexpr std::size_t kMaxFile = 4U << 20U;
constexpr std::size_t kMaxImages = 1'000'000;
constexpr std::size_t kMaxPixelBytes = std::size_t{4} << 30U;

using Header = std::array<char, kBlock>;

std::string_view field(const Header& header, std::size_t offset, std::size_t size) {
  const std::string_view all(header.data() + offset, size);
  return all.substr(0, all.find('\0'));
}

std::optional<std::size_t> octal(std::string_view digits) {
  digits.remove_prefix(std::min(digits.find_first_not_of(' '), digits.size()));
  std::size_t value = 0;
  for (const char c : digits.substr(0, digits.find(' '))) {
    if (c < '0' || c > '7' || value >> 60U != 0) return std::nullopt;
    value = value * 8 + static_cast<std::size_t>(c - '0');
  }
  return value;
}

/// Whether the header's bytes add up to the sum it carries, the sum's own eight bytes taken as blanks.
bool sum_fits(const Header& header) {
  std::size_t sum = 8 * std::size_t{' '};
  for (std::size_t i = 0; i < kBlock; ++i) {
    if (i < 148 || i >= 156) sum += static_cast<unsigned char>(header[i]);
  }
  return octal(field(header, 148, 8)) == sum;
}

/// Collects the images; their labels are by order of appearance until finish() sorts the classes.
class Collector {
 public:
  Collector(const std::filesystem::path& archive, ReadReport& report) : archive_(archive), report_(report) {}

  Status add(const std::string& name, std::span<unsigned char> bytes) {
    const std::filesystem::path path(name);
    const std::string folder = path.parent_path().filename().string();
    if (folder.empty()) return skip(name, "lies in no folder, wanted PART/CLASS/FILE");
    const cv::Mat image = decode(bytes);
    if (image.empty()) return skip(name, "does not decode as an image");
    if (set_.width == 0) {
      set_.width = image.cols;
      set_.height = image.rows;
    }
    if (image.cols != set_.width || image.rows != set_.height)
      return skip(name, "differs in size from the first image");
    if (set_.size() == kMaxImages || set_.pixels.size() + set_.image_bytes() > kMaxPixelBytes) {
      return {Code::unsupported, archive_.string() + " holds more than a million images or 4 GiB of pixels; split it"};
    }
    for (int y = 0; y < image.rows; ++y) {
      const unsigned char* row = image.ptr(y);
      set_.pixels.insert(set_.pixels.end(), row, row + static_cast<std::size_t>(image.cols) * 3);
    }
    set_.labels.push_back(classes_.try_emplace(folder, static_cast<int>(classes_.size())).first->second);
    return {};
  }

  Result<ImageSet> finish() {
    if (set_.labels.empty()) {
      return fail(Code::corrupt, archive_.string() + " holds no readable image; wanted files named PART/CLASS/FILE");
    }
    std::vector<int> sorted(classes_.size());
    for (const auto& [name, appeared] : classes_) {
      sorted[static_cast<std::size_t>(appeared)] = static_cast<int>(set_.classes.size());
      set_.classes.push_back(name);
    }
    for (int& label : set_.labels) label = sorted[static_cast<std::size_t>(label)];
    report_.images += static_cast<int>(set_.size());
    return std::move(set_);
  }

 private:
  static cv::Mat decode(std::span<unsigned char> bytes) {
    try {
      if (bytes.empty()) return {};
      return cv::imdecode(cv::Mat(1, static_cast<int>(bytes.size()), CV_8UC1, bytes.data()), cv::IMREAD_COLOR);
    } catch (const std::exception&) {
      return {};
    }
  }

  Status skip(const std::string& name, std::string_view why) {
    skip_image(report_, archive_.string() + ":" + name, why);
    return {};
  }

  const std::filesystem::path& archive_;
  ReadReport& report_;
  ImageSet set_;
  std::map<std::string, int> classes_;
};

/// Reads `size` bytes and the blanks that fill their last block.
bool read_contents(std::istream& in, std::size_t size, std::vector<unsigned char>& bytes) {
  bytes.resize((size + kBlock - 1) / kBlock * kBlock);
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(size);
  return !in.fail();
}

}  // namespace

Result<ImageSet> read_image_tar(const std::filesystem::path& file, ReadReport& report) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(Code::not_found, "cannot open the image archive " + file.string());
  Collector collector(file, report);
  Header header;
  std::vector<unsigned char> bytes;
  while (in.read(header.data(), kBlock)) {
    if (std::all_of(header.begin(), header.end(), [](char c) { return c == 0; })) break;  // the archive's end
    const std::optional<std::size_t> size = octal(field(header, 124, 12));
    if (!sum_fits(header) || !size) {
      return fail(Code::corrupt,
                  file.string() + ": the header at byte " +
                      std::to_string(static_cast<long long>(in.tellg()) - static_cast<long long>(kBlock)) +
                      " does not match its sum; wanted a ustar archive");
    }
    const std::string prefix(field(header, 345, 155));
    const std::string name = (prefix.empty() ? "" : prefix + "/") + std::string(field(header, 0, 100));
    if (*size > kMaxFile) {
      return fail(Code::unsupported, file.string() + ":" + name + " has " + std::to_string(*size) +
                                         " bytes, wanted images of at most 4 MiB");
    }
    if (!read_contents(in, *size, bytes)) {
      return fail(Code::corrupt, file.string() + ":" + name + " ends early; copy the archive again");
    }
    const bool plain = header[156] == '0' || header[156] == 0;  // folders, links and extensions hold no image
    if (!plain) continue;
    if (const Status added = collector.add(name, bytes); !added) return fail(added.error());
  }
  return collector.finish();
}

}  // namespace weir::train
