// SPDX-License-Identifier: Apache-2.0
#include "engine/opencv/half_constants.hpp"

#include <cstring>
#include <opencv2/core.hpp>

#include "engine/opencv/proto_reader.hpp"

namespace weir::engine {
namespace {

// Field numbers and element types of onnx.proto3.
namespace field {
constexpr std::uint32_t kModelGraph = 7, kGraphInitializer = 5;
constexpr std::uint32_t kTensorType = 2, kTensorIntegers = 5, kTensorRaw = 9;
}  // namespace field
constexpr std::uint64_t kFloat = 1, kHalf = 10;

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7F) | 0x80);
  out += static_cast<char>(value);
}

void append_number(std::string& out, std::uint32_t number, std::uint64_t value) {
  append_varint(out, std::uint64_t{number} << 3U);
  append_varint(out, value);
}

void append_bytes(std::string& out, std::uint32_t number, std::string_view bytes) {
  append_varint(out, (std::uint64_t{number} << 3U) | 2U);
  append_varint(out, bytes.size());
  out += bytes;
}

std::string to_float(std::string_view half) {
  std::string out(half.size() * 2, '\0');
  for (std::size_t i = 0; i < half.size() / 2; ++i) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, half.data() + 2 * i, sizeof bits);
    const auto value = static_cast<float>(cv::float16_t::fromBits(bits));
    std::memcpy(out.data() + 4 * i, &value, sizeof value);
  }
  return out;
}

/// A tensor with f16 values in its raw bytes as f32; any other as it is.
std::string widen_tensor(std::string_view tensor) {
  std::string rest;
  std::string_view raw;
  std::uint64_t type = 0;
  bool typed = false;
  Reader reader(tensor);
  for (Field f; reader.next(f);) {
    typed = typed || f.number == field::kTensorIntegers;
    if (f.number == field::kTensorType) {
      type = f.value;
    } else if (f.number == field::kTensorRaw) {
      raw = f.bytes;
    } else {
      rest += f.whole;
    }
  }
  if (!reader.ok() || type != kHalf || typed || raw.size() % 2 != 0) return std::string(tensor);
  append_number(rest, field::kTensorType, kFloat);
  append_bytes(rest, field::kTensorRaw, to_float(raw));
  return rest;
}

/// A message with one kind of its fields rewritten.
template <typename Rewrite>
std::string rewrite(std::string_view message, std::uint32_t number, const Rewrite& rewritten) {
  std::string out;
  out.reserve(message.size());
  Reader reader(message);
  for (Field f; reader.next(f);) {
    if (f.number == number) {
      append_bytes(out, number, rewritten(f.bytes));
    } else {
      out += f.whole;
    }
  }
  return reader.ok() ? out : std::string(message);
}

}  // namespace

std::string widen_half_constants(std::string_view model) {
  return rewrite(model, field::kModelGraph,
                 [](std::string_view graph) { return rewrite(graph, field::kGraphInitializer, widen_tensor); });
}

}  // namespace weir::engine
