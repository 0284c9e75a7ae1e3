// SPDX-License-Identifier: Apache-2.0
#include "pipeline/base/format.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace weir {
namespace {

bool is_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

/// Whether YAML reads the text as itself in block and in flow style, and not as null.
bool is_plain(std::string_view text) {
  if (text.empty() || text == "null" || text == "Null" || text == "NULL") return false;
  if (!is_alnum(text.front()) && std::string_view("._/+").find(text.front()) == std::string_view::npos &&
      !(text.front() == '-' && text.size() > 1 && is_alnum(text[1]))) {
    return false;
  }
  if (text.back() == ' ' || text.back() == ':') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_alnum(c) || std::string_view("._/+-=;()@~^$").find(c) != std::string_view::npos) continue;
    if (c == ':' && i + 1 < text.size() && text[i + 1] != ' ') continue;
    if (c == ' ' && text[i + 1] != '#') continue;
    return false;
  }
  return true;
}

void append_escaped(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  if (c == '"' || c == '\\') {
    out += '\\';
    out += c;
  } else if (c == '\n') {
    out += "\\n";
  } else if (c == '\t') {
    out += "\\t";
  } else if (byte < 0x20 || byte == 0x7F) {
    out += "\\x";
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  } else {
    out += c;
  }
}

template <typename Items, typename Format>
std::string format_list(const Items& items, const Format& format) {
  std::string out = "[";
  for (const auto& item : items) {
    if (out.size() > 1) out += ", ";
    out += format(item);
  }
  return out + "]";
}

}  // namespace

std::string format_number(double value) {
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  if (std::isnan(value)) return "nan";
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return {buffer.data(), end};
}

std::string format_duration(Duration value) {
  constexpr std::array<std::pair<std::int64_t, std::string_view>, 5> kUnits{
      {{60'000'000'000, " min"}, {1'000'000'000, " s"}, {1'000'000, " ms"}, {1'000, " us"}, {1, " ns"}}};
  const std::int64_t ns = value.count();
  if (ns == 0) return "0 s";
  for (const auto& [size, unit] : kUnits) {
    // One decimal is as short as the next unit in whole numbers: 1.5 s, but 1250 ms.
    if (ns % size == 0) return std::to_string(ns / size) + std::string(unit);
    if (size >= 1'000'000'000 && ns % (size / 10) == 0 && (ns >= size || -ns >= size)) {
      return format_number(static_cast<double>(ns) / static_cast<double>(size)) + std::string(unit);
    }
  }
  return std::to_string(ns) + " ns";
}

std::string yaml_scalar(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  std::string out = "\"";
  for (const char c : text) append_escaped(out, c);
  return out + "\"";
}

std::string format_value(const ParamValue& value) {
  struct Visitor {
    std::string operator()(bool v) const { return v ? "true" : "false"; }
    std::string operator()(std::int64_t v) const { return std::to_string(v); }
    std::string operator()(double v) const { return format_number(v); }
    std::string operator()(const std::string& v) const { return yaml_scalar(v); }
    std::string operator()(const Path& v) const { return yaml_scalar(v.value); }
    std::string operator()(Duration v) const { return format_duration(v); }
    std::string operator()(const std::vector<std::string>& v) const { return format_list(v, yaml_scalar); }
    std::string operator()(const std::vector<double>& v) const { return format_list(v, format_number); }
  };
  return std::visit(Visitor{}, value);
}

}  // namespace weir
