// SPDX-License-Identifier: Apache-2.0
#include "stages/partition/finds.hpp"

#include <algorithm>

namespace weir {
namespace {

constexpr int kFrames = 3;               // that a find is looked for
constexpr float kSame = 0.3F;            // overlap from which a find is an object that is expected
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
      if (!(detection.score >= least_score_) || finds_.size() >= kMostFinds) continue;
      const Box box = in_frame(detection.box, answer);
      const auto same = std::ranges::find_if(finds_, [&](const Find& find) { return meets(find.box, box); });
      if (same == finds_.end()) {
        finds_.push_back({box, --last_id_, kFrames});
      } else {
        *same = {box, same->id, kFrames};
      }
    }
  }
}

void Finds::add_to(std::vector<ExpectedObject>& expected) {
  const std::size_t told = expected.size();
  std::erase_if(finds_, [&](Find& find) {
    const auto tracked = std::span(expected).first(told);
    return find.frames-- <= 0 ||
           std::ranges::any_of(tracked, [&](const ExpectedObject& object) { return meets(object.box, find.box); });
  });
  for (const Find& find : finds_) expected.push_back({find.box, find.id, {}});
}

}  // namespace weir
