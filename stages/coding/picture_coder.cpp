// SPDX-License-Identifier: Apache-2.0
#include "stages/coding/picture_coder.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "stages/coding/part_decoder.hpp"

namespace weir {
namespace {

// A picture of a video starts with: its quality, whether it is a key frame, and its number, little-endian.
constexpr std::size_t kHeader = 6;
constexpr std::size_t kMostVideos = 32;  // qualities and sizes at a time; a ladder has fewer

void put_number(std::uint32_t number, std::uint8_t* to) {
  for (int i = 0; i < 4; ++i) to[i] = static_cast<std::uint8_t>(number >> (8 * i));
}

std::uint32_t number_at(const std::uint8_t* from) {
  std::uint32_t number = 0;
  for (int i = 0; i < 4; ++i) number |= std::uint32_t{from[i]} << (8 * i);
  return number;
}

std::string size_text(int width, int height) { return std::to_string(width) + "x" + std::to_string(height); }

}  // namespace

Status PictureEncoder::encode(const ImageView& image, RungKind kind, int quality, std::vector<std::uint8_t>& out) {
  const bool dense = image.stride == std::ptrdiff_t{3} * image.width;
  if (image.width != width_ || image.height != height_ || image.format != PixelFormat::bgr8 || !dense) {
    return {Code::invalid, "a picture of " + size_text(image.width, image.height) + " pixels; wanted dense BGR of " +
                               size_text(width_, height_)};
  }
  if (kind == RungKind::raw) {
    out.assign(image.data, image.data + image.stride * image.height);
    return {};
  }
  if (quality < 1 || quality > 100) {
    return {Code::invalid, "quality " + std::to_string(quality) + " of a picture; wanted 1 to 100"};
  }
  switch (kind) {
    case RungKind::jpeg:
      return encode_still(image, ImageEncoding::jpeg, quality, out);
    case RungKind::webp:
      return encode_still(image, ImageEncoding::webp, quality, out);
    case RungKind::h264:
      return encode_video(image, quality, out);
    default:
      return {Code::invalid, "a rung of " + std::string(to_string(kind)) + " sends no picture"};
  }
}

Status PictureEncoder::encode_still(const ImageView& image, ImageEncoding encoding, int quality,
                                    std::vector<std::uint8_t>& out) {
  auto& encoder = stills_[{encoding, quality}];
  if (!encoder) {
    auto made = PartEncoder::create(encoding, quality);
    if (!made) return made.error();
    encoder = std::move(*made);
  }
  return encoder->encode(image, out);
}

Status PictureEncoder::encode_video(const ImageView& image, int quality, std::vector<std::uint8_t>& out) {
  Video& video = videos_[quality];
  if (!video.encoder) {
    auto made = StreamVideoEncoder::create(width_, height_, std::min(50, 9 * (100 - quality) / 10));
    if (!made) return made.error();
    video.encoder = std::move(*made);
  }
  if (Status status = video.encoder->encode(image, video.key, unit_); !status) return status;
  out.resize(kHeader + unit_.size());
  out[0] = static_cast<std::uint8_t>(quality);
  out[1] = video.key ? 1 : 0;
  put_number(video.sent++, out.data() + 2);
  std::memcpy(out.data() + kHeader, unit_.data(), unit_.size());
  video.key = false;
  return {};
}

void PictureEncoder::lost() {
  for (auto& [quality, video] : videos_) video.key = true;
}

PictureDecoder::PictureDecoder() : stills_(make_part_decoder()) {}

Status PictureDecoder::decode(std::span<const std::uint8_t> bytes, RungKind kind, int width, int height, Frame& to) {
  if (kind == RungKind::h264) return decode_video(bytes, width, height, to);
  if (kind == RungKind::raw) {
    const std::size_t wanted = std::size_t{3} * static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
    if (bytes.size() != wanted) {
      return {Code::corrupt, "a raw picture of " + std::to_string(bytes.size()) + " bytes; " +
                                 size_text(width, height) + " pixels need " + std::to_string(wanted)};
    }
    std::memcpy(to.allocate(width, height, PixelFormat::bgr8).data, bytes.data(), bytes.size());
    return {};
  }
  Frame from;
  from.adopt_encoded(kind == RungKind::webp ? ImageEncoding::webp : ImageEncoding::jpeg, bytes, width, height,
                     PixelFormat::bgr8, nullptr);
  return stills_->decode(from, to);
}

Status PictureDecoder::decode_video(std::span<const std::uint8_t> bytes, int width, int height, Frame& to) {
  if (bytes.size() <= kHeader) return {Code::corrupt, "a picture of a video ends in its header"};
  const int quality = bytes[0];
  const bool key = bytes[1] != 0;
  const std::uint32_t number = number_at(bytes.data() + 2);
  const std::tuple which(quality, width, height);
  if (!videos_.contains(which) && videos_.size() >= kMostVideos) videos_.clear();
  Video& video = videos_[which];
  if (!key && (!video.decoder || number != video.next)) {
    return {Code::unavailable, "picture " + std::to_string(number) + " of the video of quality " +
                                   std::to_string(quality) + " refers to one that did not come; a key frame is needed"};
  }
  if (!video.decoder) {
    auto made = IntraVideoDecoder::create();
    if (!made) return made.error();
    video.decoder = std::move(*made);
  }
  if (Status status = video.decoder->decode(bytes.subspan(kHeader), width, height, to); !status) {
    video.decoder.reset();
    return {status.error().code, "picture " + std::to_string(number) + " of a video: " + status.error().text};
  }
  video.next = number + 1;
  return {};
}

}  // namespace weir
