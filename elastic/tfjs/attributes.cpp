// SPDX-License-Identifier: Apache-2.0
#include "elastic/tfjs/attributes.hpp"

#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace weir::tfjs {
namespace {

using nlohmann::json;

// Protobuf writes 64-bit integers into JSON as text.
std::int64_t read_integer(const json& value) {
  if (!value.is_string()) return value.get<std::int64_t>();
  try {
    return std::stoll(value.get_ref<const std::string&>());
  } catch (const std::exception&) {
    return 0;
  }
}

double read_real(const json& value) {
  if (value.is_number()) return value.get<double>();
  const auto& text = value.get_ref<const std::string&>();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  return std::numeric_limits<double>::quiet_NaN();
}

int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  return c == '/' || c == '_' ? 63 : -1;
}

std::string decode_base64(std::string_view text) {
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int digit = base64_digit(c);
    if (digit < 0) break;
    bits = (bits << 6U) | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>((bits >> static_cast<unsigned>(count)) & 0xFFU);
  }
  return out;
}

// Text is base64, or in older files a list of character codes.
std::string read_text(const json& value) {
  if (value.is_string()) return decode_base64(value.get_ref<const std::string&>());
  std::string out;
  for (const json& code : value) out += static_cast<char>(code.get<int>());
  return out;
}

void read_list(const json& list, Attribute& attribute) {
  if (const auto i = list.find("i"); i != list.end()) {
    for (const json& v : *i) attribute.integers.push_back(read_integer(v));
  }
  if (const auto s = list.find("s"); s != list.end()) {
    for (const json& v : *s) attribute.texts.push_back(read_text(v));
  }
}

}  // namespace

std::vector<std::int64_t> read_extents(const json& shape) {
  std::vector<std::int64_t> extents;
  const auto dims = shape.find("dim");
  if (dims == shape.end()) return extents;
  for (const json& d : *dims) {
    // Zero is protobuf's default and is not written.
    extents.push_back(d.contains("size") ? read_integer(d.at("size")) : 0);
  }
  return extents;
}

Attribute read_attribute(const json& value) {
  Attribute attribute;
  if (value.contains("s")) attribute.text = read_text(value.at("s"));
  if (value.contains("i")) attribute.integer = read_integer(value.at("i"));
  if (value.contains("f")) attribute.real = read_real(value.at("f"));
  if (value.contains("b")) attribute.flag = value.at("b").get<bool>();
  if (value.contains("type") && value.at("type").is_string()) attribute.text = value.at("type").get<std::string>();
  if (value.contains("list")) read_list(value.at("list"), attribute);
  if (value.contains("shape")) {
    attribute.has_shape = !value.at("shape").contains("unknownRank");
    attribute.shape = read_extents(value.at("shape"));
  }
  return attribute;
}

}  // namespace weir::tfjs
