// SPDX-License-Identifier: Apache-2.0
#include "pipeline/param.hpp"

#include <charconv>

#include "pipeline/base/format.hpp"

namespace weir {
namespace {

std::vector<std::string> split_items(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    std::string_view item = text.substr(0, comma);
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
    items.emplace_back(item);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return items;
}

std::vector<double> split_numbers(std::string_view text) {
  std::vector<double> numbers;
  for (const std::string& item : split_items(text)) {
    double number = 0;
    std::from_chars(item.data(), item.data() + item.size(), number);
    numbers.push_back(number);
  }
  return numbers;
}

}  // namespace

std::string_view to_string(ParamType type) {
  switch (type) {
    case ParamType::boolean:
      return "true or false";
    case ParamType::integer:
      return "integer";
    case ParamType::number:
      return "number";
    case ParamType::text:
      return "text";
    case ParamType::path:
      return "path";
    case ParamType::duration:
      return "duration";
    case ParamType::texts:
      return "list of texts";
    case ParamType::numbers:
      return "list of numbers";
  }
  return "text";
}

ParamValue ParamInfo::default_value() const {
  switch (type) {
    case ParamType::boolean:
      return value.boolean;
    case ParamType::integer:
      return value.integer;
    case ParamType::number:
      return value.number;
    case ParamType::text:
      return std::string(value.text);
    case ParamType::path:
      return Path{std::string(value.text)};
    case ParamType::duration:
      return Duration(value.integer);
    case ParamType::texts:
      return split_items(value.text);
    case ParamType::numbers:
      return split_numbers(value.text);
  }
  return std::string();
}

std::string ParamInfo::default_text() const { return format_value(default_value()); }

}  // namespace weir
