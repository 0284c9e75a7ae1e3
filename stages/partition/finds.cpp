// SPDX-License-Identifier: Apache-2.0
#include "stages/partition/finds.hpp"

#include <algorithm>
#include <tuple>

namespace weir {
namespace {

constexpr float kSame = 0.3F;            // overlap from which a find is an object that is expected
constexpr float kOwnSize = 0.5F;         // of a find, shown beside the margin on each side
constexpr std::size_t kMostFinds = 256;  // a flood must not make each frame slow

bool meets(const Box& box, const Box& other) { return iou(box, other) >= kSame; }

Box in_frame(const Box& box, const PartAnswer& from) {
  const float x = from.area.width() / static_cast<float>(from.width);
  const float y = from.area.height() / static_cast<float>(from.height);
  return {from.area.left + x * box.left, from.area.top + y * box.top, from.area.left + x * box.right,
          from.area.top + y * box.bottom};
}

}  // namespace

void Finds::take(const PartAnswers& answers) {
  for (const PartAnswer& answer : answers.items) {
    const auto* detections = answer.answer.get<Detections>();
    if (answer.status != PartStatus::ok || detections == nullptr || answer.width < 1 || answer.height < 1) continue;
    for (const Detection& detection : detections->items) {
      if (!(detection.score >= options_.least_score) || finds_.size() >= kMostFinds) continue;
      const Box box = in_frame(detection.box, answer);
      const auto same = std::ranges::find_if(finds_, [&](const Find& find) { return meets(find.box, box); });
      if (same == finds_.end()) {
        finds_.push_back({box, --last_id_, detection.score, options_.frames});
      } else {
        *same = {box, same->id, detection.score, options_.frames};
      }
    }
  }
}

void Finds::add_to(std::vector<ExpectedObject>& expected, double most_pixels) {
  const std::size_t told = expected.size();
  std::erase_if(finds_, [&](Find& find) {
    const auto tracked = std::span(expected).first(told);
    return find.frames-- <= 0 ||
           std::ranges::any_of(tracked, [&](const ExpectedObject& object) { return meets(object.box, find.box); });
  });
  std::ranges::sort(
      finds_, [](const Find& a, const Find& b) { return std::tuple(-a.score, -a.id) < std::tuple(-b.score, -b.id); });
  for (const Find& find : finds_) {
    const float x = options_.margin + kOwnSize * find.box.width(), y = options_.margin + kOwnSize * find.box.height();
    most_pixels -= double{find.box.width() + 2 * x} * double{find.box.height() + 2 * y};
    if (most_pixels < 0) return;
    expected.push_back({find.box, find.id, {x, y, x, y}, true});
  }
}

}  // namespace weir
