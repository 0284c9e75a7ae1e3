// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "kernels/base/status.hpp"
#include "pipeline/clock.hpp"

namespace weir {

/// A file or folder named in a launch file; relative to the working directory.
struct Path {
  std::string value;
  bool operator==(const Path&) const = default;
};

using ParamValue = std::variant<bool, std::int64_t, double, std::string, Path, Duration, std::vector<std::string>,
                                std::vector<double>>;

enum class ParamType : std::uint8_t { boolean, integer, number, text, path, duration, texts, numbers };

std::string_view to_string(ParamType type);

/// What a parameter says of itself besides its type and default. `name` may be dotted (`lrc.scale`): nested in YAML.
struct ParamSpec {
  std::string_view name{};
  std::string_view help{};
  std::string_view unit = "";                             ///< "px", "1/s", "ms"; empty = none
  double min = -std::numeric_limits<double>::infinity();  ///< numbers, integers; durations in seconds
  double max = std::numeric_limits<double>::infinity();
  std::string_view choices = "";  ///< allowed texts, separated by '|'; empty = any
  bool required = false;
  bool live = false;  ///< may change while running, between two frames
};

/// A default that can live in a constant.
struct ParamDefault {
  bool boolean = false;
  std::int64_t integer = 0;
  double number = 0;
  std::string_view text{};
};

struct ParamInfo {
  ParamSpec spec;
  ParamType type = ParamType::text;
  ParamDefault value;
  const void* id = nullptr;

  /// The default as a value of the parameter's type.
  ParamValue default_value() const;

  /// The default as a user would write it in YAML.
  std::string default_text() const;
};

/// A typed parameter of a stage. Declared `static constexpr`. T is bool, std::int64_t, double, std::string, Path,
/// Duration, std::vector<std::string> or std::vector<double>.
template <typename T>
class Param {
 public:
  constexpr explicit Param(ParamSpec spec) : info_{spec, kType, {}, nullptr} {}
  constexpr Param(ParamSpec spec, bool value) requires std::is_same_v<T, bool>
      : info_{spec, kType, {.boolean = value}, nullptr} {}
  constexpr Param(ParamSpec spec, std::int64_t value) requires std::is_same_v<T, std::int64_t>
      : info_{spec, kType, {.integer = value}, nullptr} {}
  constexpr Param(ParamSpec spec, double value) requires std::is_same_v<T, double>
      : info_{spec, kType, {.number = value}, nullptr} {}
  constexpr Param(ParamSpec spec, Duration value) requires std::is_same_v<T, Duration>
      : info_{spec, kType, {.integer = value.count()}, nullptr} {}
  /// Texts and paths; for lists, the items separated by ','.
  constexpr Param(ParamSpec spec, std::string_view value) requires(std::is_same_v<T, std::string> ||
                                                                   std::is_same_v<T, Path> ||
                                                                   std::is_same_v<T, std::vector<std::string>> ||
                                                                   std::is_same_v<T, std::vector<double>>)
      : info_{spec, kType, {.text = value}, nullptr} {}

  constexpr ParamInfo info() const {
    ParamInfo copy = info_;
    copy.id = this;
    return copy;
  }
  constexpr const void* id() const { return this; }

 private:
  static constexpr ParamType type_of() {
    if constexpr (std::is_same_v<T, bool>)
      return ParamType::boolean;
    else if constexpr (std::is_same_v<T, std::int64_t>)
      return ParamType::integer;
    else if constexpr (std::is_same_v<T, double>)
      return ParamType::number;
    else if constexpr (std::is_same_v<T, std::string>)
      return ParamType::text;
    else if constexpr (std::is_same_v<T, Path>)
      return ParamType::path;
    else if constexpr (std::is_same_v<T, Duration>)
      return ParamType::duration;
    else if constexpr (std::is_same_v<T, std::vector<std::string>>)
      return ParamType::texts;
    else if constexpr (std::is_same_v<T, std::vector<double>>)
      return ParamType::numbers;
  }
  static constexpr ParamType kType = type_of();
  ParamInfo info_;
};

}  // namespace weir
