// SPDX-License-Identifier: Apache-2.0
#include "stages/coding/lz4_features.hpp"

#include <lz4.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "kernels/codec/bit_shuffle.hpp"
#include "kernels/codec/byte_io.hpp"
#include "kernels/codec/quantise.hpp"

namespace weir {
namespace {

constexpr std::uint32_t kMagic = 0x345A4C57;  // "WLZ4"
constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kTop = 255;   // the highest symbol
constexpr std::size_t kCheckAt = 5;  // four bytes over all that follow them
constexpr std::size_t kModelAt = 9;
constexpr std::size_t kHeaderBytes = 31;   // magic, version, check sum, model, three sides, low, step
constexpr std::int64_t kMostSide = 65535;  // of a tensor
constexpr std::size_t kMostValues = std::size_t{1} << 22U;

struct Range {
  float low = 0, high = 0;
};

/// False where a value is not finite.
bool find_range(std::span<const float> values, Range& range) {
  range = {values[0], values[0]};
  float not_finite = 0;  // 0 times a value that is not finite is not a number
  for (const float value : values) {
    range.low = std::min(range.low, value);
    range.high = std::max(range.high, value);
    not_finite += 0 * value;
  }
  return not_finite == 0;
}

Error corrupt(const std::string& what) { return {Code::corrupt, "feature message in LZ4 " + what}; }

std::uint32_t check_sum(std::span<const std::uint8_t> message) {
  const std::uint64_t hash = codec::content_hash(message.subspan(kCheckAt + 4));
  return static_cast<std::uint32_t>(hash ^ (hash >> 32));
}

bool can_be_sent(const TensorView& tensor) {
  const Shape& s = tensor.shape;
  if (tensor.dtype != DType::f32 || tensor.data == nullptr || s.rank() != 4 || s[0] != 1) return false;
  for (std::size_t i = 1; i < 4; ++i) {
    if (s[i] < 1 || s[i] > kMostSide) return false;
  }
  return s.elements() <= kMostValues;
}

}  // namespace

Status Lz4FeatureEncoder::encode(const TensorView& tensor, std::vector<std::uint8_t>& out) {
  if (!can_be_sent(tensor)) {
    return {Code::invalid, "tensor " + std::string(to_string(tensor.dtype)) + " " + tensor.shape.text() +
                               " cannot be sent in LZ4; wanted f32 1xCxHxW of 4,194,304 values at most"};
  }
  const auto values = tensor.as<float>();
  Range range;
  if (!find_range(values, range)) return {Code::invalid, "a tensor to be sent in LZ4 has a value that is not finite"};
  float step = (range.high - range.low) / kTop;
  if (!(step > 0) || !std::isfinite(step) || !std::isfinite(1 / step)) step = 1;  // one value everywhere, nearly
  symbols_.resize(values.size());
  shuffled_.resize(codec::shuffled_bytes(values.size()));
  codec::quantise(values.data(), values.size(), {range.low, 1 / step, kTop}, symbols_.data());
  codec::bit_shuffle(symbols_.data(), symbols_.size(), shuffled_.data());

  out.clear();
  codec::ByteWriter writer(out);
  writer.u32(kMagic);
  writer.u8(kVersion);
  writer.u32(0);
  writer.u64(model_hash_);
  for (std::size_t i = 1; i < 4; ++i) writer.u16(static_cast<std::uint16_t>(tensor.shape[i]));
  writer.f32(range.low);
  writer.f32(step);
  const int size = static_cast<int>(shuffled_.size()), room = LZ4_compressBound(size);
  out.resize(kHeaderBytes + static_cast<std::size_t>(room));
  const int written = LZ4_compress_default(reinterpret_cast<const char*>(shuffled_.data()),
                                           reinterpret_cast<char*>(out.data() + kHeaderBytes), size, room);
  if (written <= 0) return {Code::internal, "LZ4 cannot compress " + std::to_string(size) + " bytes"};
  out.resize(kHeaderBytes + static_cast<std::size_t>(written));
  const std::uint32_t sum = check_sum(out);
  for (std::size_t i = 0; i < 4; ++i) out[kCheckAt + i] = static_cast<std::uint8_t>(sum >> (8 * i));
  return {};
}

std::optional<std::uint64_t> lz4_model_hash(std::span<const std::uint8_t> message) {
  if (message.size() < kHeaderBytes) return std::nullopt;
  codec::ByteReader in(message.subspan(kModelAt));
  return in.u64();
}

Status Lz4FeatureDecoder::decode(std::span<const std::uint8_t> message, Tensor& out) {
  codec::ByteReader in(message);
  if (in.u32() != kMagic) return corrupt("has a wrong magic");
  if (const int version = in.u8(); version != kVersion) {
    return corrupt("is of version " + std::to_string(version) + ", wanted " + std::to_string(kVersion) +
                   "; use the same release on both sides");
  }
  if (message.size() <= kHeaderBytes) {
    return corrupt("of " + std::to_string(message.size()) + " bytes is cut short within its header");
  }
  if (in.u32() != check_sum(message)) return corrupt("is damaged or cut short: wrong check sum");
  if (in.u64() != model_hash_) {
    return {Code::invalid, "feature message in LZ4 of another network or seam; give both sides the same"};
  }
  const std::int64_t channels = in.u16(), height = in.u16(), width = in.u16();
  const Shape shape{1, channels, height, width};
  if (shape != shape_) {
    return {Code::invalid, "feature message in LZ4 of shape " + shape.text() + "; the seam's is " + shape_.text()};
  }
  const float low = in.f32(), step = in.f32();
  if (!std::isfinite(low) || !(step > 0) || !std::isfinite(low + step * kTop)) {
    return corrupt("has a range that is not finite");
  }
  const std::size_t values = shape_.elements();
  symbols_.resize(values);
  shuffled_.resize(codec::shuffled_bytes(values));
  const auto coded = message.subspan(kHeaderBytes);
  if (coded.size() > static_cast<std::size_t>(LZ4_compressBound(static_cast<int>(shuffled_.size())))) {
    return corrupt("has more bytes than its shape can take");
  }
  const int size =
      LZ4_decompress_safe(reinterpret_cast<const char*>(coded.data()), reinterpret_cast<char*>(shuffled_.data()),
                          static_cast<int>(coded.size()), static_cast<int>(shuffled_.size()));
  if (size < 0 || static_cast<std::size_t>(size) != shuffled_.size()) return corrupt("cannot be decompressed");
  codec::bit_unshuffle(shuffled_.data(), values, symbols_.data());
  std::array<float, kTop + std::size_t{1}> decoded;
  for (std::size_t i = 0; i < decoded.size(); ++i) decoded[i] = low + step * static_cast<float>(i);
  out.resize(DType::f32, shape_);
  std::ranges::transform(symbols_, out.as<float>().begin(), [&](std::uint8_t symbol) { return decoded[symbol]; });
  return {};
}

}  // namespace weir
