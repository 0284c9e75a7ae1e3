// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "stages/media/class_color.hpp"
#include "stages/media/parts.hpp"
#include "stages/media/placement.hpp"
#include "stages/media/plan_painter.hpp"
#include "stages/media/shapes.hpp"
#include "stages/media/text_painter.hpp"
#include "stages/sink/answer_view.hpp"

namespace weir {
namespace {

using Color = cv::Vec3b;
const Color kInk{28, 24, 20};
const Color kPaper{250, 250, 250};
constexpr int kCrowded = 1 << 20;  // more than any label hides

Color outcome_color(Outcome outcome) {
  switch (outcome) {
    case Outcome::full:
      return {120, 200, 80};
    case Outcome::partial:
      return {60, 190, 250};
    case Outcome::local:
      return {240, 180, 90};
    case Outcome::predicted:
      return {225, 140, 190};
    case Outcome::dropped:
      return {90, 90, 235};
  }
  return kPaper;
}

void append_number(std::string& out, std::uint64_t value) {
  std::array<char, 24> digits{};
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

class CvAnnotator final : public Annotator {
 public:
  explicit CvAnnotator(DrawOptions draw) : options_(draw) {}
  void draw(const Frame& frame, const Stamp& stamp, const Overlay& over, const MutableImageView& target) override;

 private:
  DrawOptions options_;
  std::optional<TextPainter> text_;
  std::vector<AnswerObject> objects_;
  std::vector<cv::Rect> placed_;  // their boxes on the canvas
  std::vector<cv::Rect> labels_;  // taken so far, in this frame
  std::string scratch_;
  cv::Mat colored_;  // a grey frame, as BGR
  int line_ = 2;

  void prepare(const cv::Mat& canvas) {
    const int cap = std::clamp(static_cast<int>(std::lround(canvas.rows / 46.0)), 8, 20);
    if (!text_ || text_->cap_height() != cap) text_.emplace(cap);
    line_ = canvas.rows < 600 ? 2 : 3;
  }

  void put_frame(const Frame& frame, const Placement& where, cv::Mat& canvas);
  void collect(const Packet& packet, const Placement& where);
  void put_box(std::size_t i, const Color& color, cv::Mat& canvas) const;
  void put_label(std::size_t i, std::string_view name, const Color& color, cv::Mat& canvas);
  void put_badge(const Stamp& stamp, const Packet& packet, cv::Mat& canvas);
  cv::Rect free_place(cv::Rect label, std::size_t own, const cv::Size& canvas) const;
};

void CvAnnotator::put_frame(const Frame& frame, const Placement& where, cv::Mat& canvas) {
  const ImageView& image = frame.image;
  const cv::Mat source(image.height, image.width, image.format == PixelFormat::bgr8 ? CV_8UC3 : CV_8UC1,
                       const_cast<std::uint8_t*>(image.data), static_cast<std::size_t>(image.stride));  // only read
  const cv::Rect area(where.x, where.y, where.width, where.height);
  const bool same = where.width == image.width && where.height == image.height;
  if (area.size() != canvas.size() && !(same && area.tl() == cv::Point())) canvas.setTo(cv::Scalar(kInk));
  cv::Mat target = canvas(area);
  if (image.format == PixelFormat::gray8) {
    cv::cvtColor(source, colored_, cv::COLOR_GRAY2BGR);
    cv::resize(colored_, target, target.size(), 0, 0, same ? cv::INTER_NEAREST : cv::INTER_LINEAR);
  } else if (same) {
    source.copyTo(target);
  } else {
    cv::resize(source, target, target.size(), 0, 0, cv::INTER_LINEAR);
  }
  if (!same || where.x != 0 || where.y != 0) return;
  if (canvas.cols > where.width) canvas.col(where.width - 1).copyTo(canvas.col(where.width));
  if (canvas.rows > where.height) canvas.row(where.height - 1).copyTo(canvas.row(where.height));
}

void CvAnnotator::collect(const Packet& packet, const Placement& where) {
  const AnswerView answer(packet);
  objects_.clear();
  placed_.clear();
  labels_.clear();
  for (std::size_t i = 0; i < answer.size(); ++i) {
    const Box& box = answer[i].box;
    if (drawable(box)) objects_.push_back(answer[i]);
  }
  // What stands lower in the picture is nearer: drawn last, over the rest.
  std::sort(objects_.begin(), objects_.end(), [](const AnswerObject& a, const AnswerObject& b) {
    return std::tuple(a.missed == 0, a.box.bottom, a.id) < std::tuple(b.missed == 0, b.box.bottom, b.id);
  });
  for (const AnswerObject& object : objects_) placed_.push_back(where.place(object.box));
}

void CvAnnotator::put_box(std::size_t i, const Color& color, cv::Mat& canvas) const {
  const cv::Rect& box = placed_[i];
  if (objects_[i].missed > 0) {
    frame_box(canvas, box, std::max(1, line_ - 1), 4 * line_, 7 * line_, color);
    return;
  }
  frame_box(canvas, box + cv::Point(1, 1), line_, 0, 0, color * 0.25);  // a shadow, to stand out on bright ground
  frame_box(canvas, box, line_, 0, 0, color);
}

// Above the box, inside its top or below it: wherever it hides least of the other boxes, and no label.
cv::Rect CvAnnotator::free_place(cv::Rect label, std::size_t own, const cv::Size& canvas) const {
  const int h = label.height;
  const cv::Rect& box = placed_[own];
  label.x = std::clamp(box.x, 0, std::max(0, canvas.width - label.width));
  cv::Rect best = label;
  int least = std::numeric_limits<int>::max();
  for (const int y : {box.y - h, box.br().y, box.y, box.y - 2 * h, box.br().y + h, box.y - 3 * h}) {
    label.y = std::clamp(y, 0, std::max(0, canvas.height - h));
    int hidden = label.y == y ? 0 : kCrowded;
    for (const cv::Rect& other : labels_) hidden += (other & label).area() > 0 ? kCrowded : 0;
    for (const cv::Rect& other : placed_) hidden += (other & label).area();
    if (hidden >= least) continue;
    least = hidden;
    best = label;
  }
  return best;
}

void CvAnnotator::put_label(std::size_t i, std::string_view name, const Color& color, cv::Mat& canvas) {
  const AnswerObject& object = objects_[i];
  scratch_.assign(name);
  if (object.id >= 0) {
    scratch_ += ' ';
    append_number(scratch_, static_cast<std::uint64_t>(object.id));
  }
  const std::size_t head = scratch_.size();
  scratch_ += ' ';
  const float score = std::isfinite(object.score) ? std::clamp(object.score, 0.F, 1.F) : 0.F;
  append_number(scratch_, static_cast<std::uint64_t>(std::lround(100 * score)));
  scratch_ += '%';
  const int pad = std::max(2, text_->cap_height() / 3);
  // Far objects_ crowd: theirs go without the score.
  if (text_->width(scratch_) + 2 * pad > placed_[i].width * 3 / 2) scratch_.resize(head);

  const cv::Size size(text_->width(scratch_) + 2 * pad, text_->cap_height() + 2 * pad);
  const cv::Rect label = free_place(cv::Rect({0, 0}, size), i, canvas.size());
  labels_.push_back(label);
  const bool seen = object.missed == 0;
  if (seen) {
    fill(canvas, label, color);
  } else {
    darken(canvas, label);
  }
  const Color ink = seen ? kInk : color;
  const Color faint = seen ? Color(kInk * 0.55 + color * 0.45) : Color(color * 0.75);
  const std::string_view all = scratch_;
  const cv::Point base(label.x + pad, label.y + pad + text_->cap_height());
  text_->draw(canvas, all.substr(0, head), base, ink);
  text_->draw(canvas, all.substr(head), base + cv::Point(text_->width(all.substr(0, head)), 0), faint);
}

void CvAnnotator::put_badge(const Stamp& stamp, const Packet& packet, cv::Mat& canvas) {
  const int cap = text_->cap_height();
  const int pad = cap * 2 / 3;
  const Color color = packet ? outcome_color(packet.quality().outcome) : Color(170, 170, 170);
  scratch_.assign("frame ");
  append_number(scratch_, stamp.frame);
  const std::string_view outcome = packet ? to_string(packet.quality().outcome) : std::string_view("no answer");
  const int gap = pad / 2 + cap;
  const int outcome_width = text_->width(outcome);
  const cv::Rect badge(pad, pad, 2 * pad + 2 * gap + cap / 2 + outcome_width + text_->width(scratch_), cap + 2 * pad);
  darken(canvas, badge);
  labels_.push_back(badge);
  cv::Point base(badge.x + pad, badge.y + pad + cap);
  cv::circle(canvas, {base.x + cap / 2, base.y - cap / 2}, cap / 2, cv::Scalar(color), cv::FILLED, cv::LINE_AA);
  base.x += cap / 2 + gap;
  text_->draw(canvas, outcome, base, color);
  base.x += outcome_width + gap;
  text_->draw(canvas, scratch_, base, kPaper);
}

void CvAnnotator::draw(const Frame& frame, const Stamp& stamp, const Overlay& over, const MutableImageView& target) {
  const Packet& packet = over.objects;
  cv::Mat canvas(target.height, target.width, CV_8UC3, target.data, static_cast<std::size_t>(target.stride));
  prepare(canvas);
  const Placement where = Placement::of(frame.image, canvas.size());
  put_frame(frame, where, canvas);
  collect(packet, where);
  const ClassNamesPtr classes = AnswerView(packet).classes();
  if (options_.parts) draw_parts(canvas, over.parts, where, line_ - 1);
  if (options_.regions) draw_regions(canvas, over.regions, classes.get(), where);
  if (options_.truth && frame.has_truth) {
    for (const TruthBox& truth : frame.truth) frame_box(canvas, where.place(truth.box), 1, 0, 0, kPaper);
  }
  const auto name = [&](std::size_t i) { return class_name(classes.get(), objects_[i].class_id); };
  const auto color = [&](std::size_t i) { return class_color(name(i), objects_[i].class_id); };
  for (std::size_t i = 0; options_.boxes && i < objects_.size(); ++i) put_box(i, color(i), canvas);
  if (options_.badge) put_badge(stamp, packet, canvas);
  for (std::size_t i = objects_.size(); options_.labels && i > 0; --i) {
    put_label(i - 1, name(i - 1), color(i - 1), canvas);
  }
}

}  // namespace

std::unique_ptr<Annotator> make_cv_annotator(DrawOptions options) { return std::make_unique<CvAnnotator>(options); }

}  // namespace weir
