// SPDX-License-Identifier: Apache-2.0
#include "pipeline/launch/values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "pipeline/base/concat.hpp"
#include "pipeline/base/format.hpp"
#include "pipeline/launch/problems.hpp"

namespace weir {
namespace {

template <typename T>
std::optional<T> read_whole(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

template <typename T>
std::optional<ParamValue> as_value(std::optional<T> value) {
  if (!value) return std::nullopt;
  return ParamValue(*std::move(value));
}

bool in_range(const ParamSpec& spec, double value) { return value >= spec.min && value <= spec.max; }

bool is_choice(const ParamSpec& spec, const std::string& text) {
  if (spec.choices.empty()) return true;
  const std::vector<std::string> choices = split_choices(spec.choices);
  return std::find(choices.begin(), choices.end(), text) != choices.end();
}

/// Whether a value of the right type is also in the allowed set.
bool is_allowed(const ParamSpec& spec, const ParamValue& value) {
  if (const auto* v = std::get_if<std::int64_t>(&value)) return in_range(spec, static_cast<double>(*v));
  if (const auto* v = std::get_if<double>(&value)) return in_range(spec, *v);
  if (const auto* v = std::get_if<Duration>(&value)) return in_range(spec, std::chrono::duration<double>(*v).count());
  if (const auto* v = std::get_if<std::string>(&value)) return is_choice(spec, *v);
  if (const auto* v = std::get_if<std::vector<double>>(&value)) {
    return std::all_of(v->begin(), v->end(), [&](double x) { return in_range(spec, x); });
  }
  if (const auto* v = std::get_if<std::vector<std::string>>(&value)) {
    return std::all_of(v->begin(), v->end(), [&](const std::string& x) { return is_choice(spec, x); });
  }
  return true;
}

std::optional<ParamValue> read_scalar(ParamType type, const YamlNode& node) {
  if (!node.is_scalar()) return std::nullopt;
  switch (type) {
    case ParamType::boolean:
      return as_value(read_bool(node.text));
    case ParamType::integer:
      return as_value(read_integer(node.text));
    case ParamType::number:
      return as_value(read_number(node.text));
    case ParamType::duration:
      return as_value(read_duration(node.text));
    case ParamType::path:
      return node.text.empty() ? std::nullopt : std::optional<ParamValue>(Path{node.text});
    default:
      return ParamValue(node.text);
  }
}

template <typename T>
std::optional<ParamValue> read_list(ParamType item_type, const YamlNode& node) {
  std::vector<T> items;
  const auto add = [&](const YamlNode& item) {
    std::optional<ParamValue> value = read_scalar(item_type, item);
    if (value) items.push_back(std::get<T>(*std::move(value)));
    return value.has_value();
  };
  // One value alone is a list of one.
  if (!node.is_list()) return add(node) ? std::optional<ParamValue>(std::move(items)) : std::nullopt;
  if (!std::all_of(node.values.begin(), node.values.end(), add)) return std::nullopt;
  return ParamValue(std::move(items));
}

std::string range_text(const ParamInfo& param) {
  const auto show = [&](double bound) {
    if (param.type == ParamType::duration) return format_duration(Duration(std::llround(bound * 1e9)));
    return concat(format_number(bound), param.spec.unit.empty() ? "" : " ", param.spec.unit);
  };
  const bool low = std::isfinite(param.spec.min);
  const bool high = std::isfinite(param.spec.max);
  if (low && high) return concat(" from ", show(param.spec.min), " to ", show(param.spec.max));
  if (low) return concat(" of at least ", show(param.spec.min));
  return high ? concat(" of at most ", show(param.spec.max)) : std::string();
}

}  // namespace

std::optional<bool> read_bool(std::string_view text) {
  if (text == "true" || text == "True" || text == "yes" || text == "on") return true;
  if (text == "false" || text == "False" || text == "no" || text == "off") return false;
  return std::nullopt;
}

std::optional<std::int64_t> read_integer(std::string_view text) { return read_whole<std::int64_t>(text); }

std::optional<double> read_number(std::string_view text) {
  const std::optional<double> value = read_whole<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::optional<Duration> read_duration(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 6> kUnits{
      {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"min", 60e9}, {"h", 3600e9}}};
  constexpr double kLongest = 9.2e18;
  if (text == "0") return Duration(0);
  const std::size_t letter = text.find_first_not_of("+-.0123456789");
  if (letter == std::string_view::npos) return std::nullopt;
  std::string_view unit = text.substr(letter);
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  const std::optional<double> count = read_number(text.substr(0, letter));
  const auto* found =
      std::find_if(kUnits.begin(), kUnits.end(), [&](const auto& entry) { return entry.first == unit; });
  if (!count || found == kUnits.end() || std::abs(*count * found->second) > kLongest) return std::nullopt;
  return Duration(std::llround(*count * found->second));
}

std::vector<std::string> split_choices(std::string_view choices) {
  std::vector<std::string> items;
  while (!choices.empty()) {
    const std::size_t bar = choices.find('|');
    items.emplace_back(choices.substr(0, bar));
    choices = bar == std::string_view::npos ? std::string_view() : choices.substr(bar + 1);
  }
  return items;
}

std::string wanted_text(const ParamInfo& param) {
  switch (param.type) {
    case ParamType::boolean:
      return "true or false";
    case ParamType::integer:
      return concat("an integer", range_text(param));
    case ParamType::number:
      return concat("a number", range_text(param));
    case ParamType::duration:
      return concat("a duration with its unit, such as 200 ms or 5 s,", range_text(param));
    case ParamType::path:
      return "a path";
    case ParamType::numbers:
      return concat("a list of numbers", range_text(param));
    case ParamType::text:
      return param.spec.choices.empty() ? "a text" : concat("one of ", join_names(split_choices(param.spec.choices)));
    case ParamType::texts:
      return param.spec.choices.empty() ? "a list of texts"
                                        : concat("a list out of ", join_names(split_choices(param.spec.choices)));
  }
  return "a value";
}

Result<ParamValue> read_value(const ParamInfo& param, const YamlNode& node) {
  const std::optional<ParamValue> value = param.type == ParamType::texts ? read_list<std::string>(ParamType::text, node)
                                          : param.type == ParamType::numbers
                                              ? read_list<double>(ParamType::number, node)
                                              : read_scalar(param.type, node);
  if (value && is_allowed(param.spec, *value)) return *value;
  std::string wanted = wanted_text(param);
  if (wanted.ends_with(',')) wanted.pop_back();
  std::string text = concat("is ", describe(node), ", but must be ", wanted);
  if (node.is_scalar() && !param.spec.choices.empty()) {
    const std::string near = nearest_name(node.text, split_choices(param.spec.choices));
    if (!near.empty()) text += concat("; did you mean '", near, "'?");
  }
  return fail(Code::invalid, text);
}

Result<ParamValue> parse_param(const ParamInfo& param, std::string_view text) {
  const std::string name = concat("parameter '", param.spec.name, "' ");
  Problems problems;
  const std::optional<YamlNode> node = parse_yaml(text, problems);
  if (!problems.empty()) return fail(Code::invalid, concat(name, "cannot be read: ", problems.take().front().text));
  Result<ParamValue> value = read_value(param, *node);
  if (!value) return fail(Code::invalid, name + value.error().text);
  return value;
}

}  // namespace weir
