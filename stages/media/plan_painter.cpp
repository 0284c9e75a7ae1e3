// SPDX-License-Identifier: Apache-2.0
#include "stages/media/plan_painter.hpp"

#include "stages/media/class_color.hpp"
#include "stages/media/shapes.hpp"
#include "stages/sink/answer_view.hpp"

namespace weir {

namespace {

const cv::Vec3b kCrop{120, 235, 245};
const cv::Vec3b kLook{250, 130, 170};
const cv::Vec3b kMissing{80, 80, 240};

void draw_part(cv::Mat& canvas, const Box& area, PartKind kind, bool missing, const Placement& where, int thickness) {
  if (!drawable(area)) return;
  cv::Rect box = where.place(area);
  const bool look = kind == PartKind::low_resolution;
  // A look shows the whole frame: inside its edge, it hides no crop that ends there.
  if (look) box = {box.x + 2 * thickness, box.y + 2 * thickness, box.width - 4 * thickness, box.height - 4 * thickness};
  const int period = look || missing ? 8 * thickness : 0;
  frame_box(canvas, box, thickness, period / 2, period, missing ? kMissing : look ? kLook : kCrop);
}

}  // namespace

void draw_parts(cv::Mat& canvas, const Packet& packet, const Placement& where, int thickness) {
  if (const auto* parts = packet.get<Parts>()) {
    for (const Part& part : parts->items) draw_part(canvas, part.area, part.kind, false, where, thickness);
  } else if (const auto* answers = packet.get<PartAnswers>()) {
    for (const PartAnswer& answer : answers->items) {
      draw_part(canvas, answer.area, answer.kind, answer.status != PartStatus::ok, where, thickness);
    }
  }
}

void draw_regions(cv::Mat& canvas, const Packet& packet, const ClassNames* classes, const Placement& where) {
  const auto* regions = packet.get<Regions>();
  if (!regions) return;
  for (const Region& region : regions->items) {
    const auto [left, top, right, bottom] = region.margin;
    const Box& box = region.box;
    const Box wide{box.left - left, box.top - top, box.right + right, box.bottom + bottom};
    const cv::Vec3b color = class_color(class_name(classes, region.class_id), region.class_id);
    if (drawable(wide)) frame_box(canvas, where.place(wide), 1, 1, 6, color);
    if (drawable(box)) frame_box(canvas, where.place(box), 1, 2, 4, color);
  }
}

}  // namespace weir
