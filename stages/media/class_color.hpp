// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <opencv2/core.hpp>
#include <string_view>
#include <utility>

namespace weir {

/// A bright colour (BGR) for a class: fixed for the road users, by number for the rest. Bright enough for dark text.
inline cv::Vec3b class_color(std::string_view name, std::int32_t class_id) {
  static const std::array<std::pair<std::string_view, cv::Vec3b>, 14> kRoad{{
      {"car", {250, 200, 70}},
      {"Car", {250, 200, 70}},
      {"van", {235, 215, 150}},
      {"truck", {190, 205, 60}},
      {"bus", {200, 170, 245}},
      {"person", {60, 165, 255}},
      {"pedestrian", {60, 165, 255}},
      {"Pedestrian", {60, 165, 255}},
      {"bicycle", {130, 225, 110}},
      {"cyclist", {130, 225, 110}},
      {"Cyclist", {130, 225, 110}},
      {"motorcycle", {90, 235, 215}},
      {"train", {215, 140, 235}},
      {"traffic light", {80, 225, 255}},
  }};
  static const std::array<cv::Vec3b, 8> kOthers{{{250, 200, 70},
                                                 {60, 165, 255},
                                                 {130, 225, 110},
                                                 {215, 140, 235},
                                                 {80, 225, 255},
                                                 {200, 170, 245},
                                                 {190, 205, 60},
                                                 {170, 170, 255}}};
  for (const auto& [road, color] : kRoad) {
    if (road == name) return color;
  }
  return kOthers[static_cast<std::uint32_t>(class_id) % kOthers.size()];
}

}  // namespace weir
