// SPDX-License-Identifier: Apache-2.0
#include "kernels/eval/kitti_types.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weir {
namespace {

// Not std::tolower: that depends on the locale.
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kTypeOfClass{{
    {"car", "Car"},
    {"vehicle", "Car"},
    {"bus", "Car"},
    {"truck", "Car"},
    {"van", "Van"},
    {"person", "Pedestrian"},
    {"pedestrian", "Pedestrian"},
    {"person_sitting", "Person_sitting"},
    {"bicycle", "Cyclist"},
    {"cyclist", "Cyclist"},
    {"train", "Tram"},
    {"tram", "Tram"},
    {"misc", "Misc"},
}};

}  // namespace

bool same_type(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view neutral_type(std::string_view type) {
  if (same_type(type, "Car")) return "Van";
  if (same_type(type, "Pedestrian")) return "Person_sitting";
  return {};
}

bool is_neutral(std::string_view label, std::string_view type) {
  const std::string_view neutral = neutral_type(type);
  return !neutral.empty() && same_type(label, neutral);
}

std::optional<std::string_view> kitti_type(std::string_view class_name) {
  for (const auto& [name, type] : kTypeOfClass) {
    if (same_type(class_name, name)) return type;
  }
  return std::nullopt;
}

}  // namespace weir
