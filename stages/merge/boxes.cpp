// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>

#include "kernels/merge/part_merger.hpp"
#include "kernels/merge/sightings.hpp"
#include "pipeline/payloads.hpp"
#include "stages/merge/stages.hpp"

namespace weir {

namespace {

/// Found in a low-resolution look at a whole frame.
struct Find {
  Detection detection;
  std::uint64_t frame = 0;
};

/// Puts the answers to a frame's parts together; what it knows of earlier frames is kept per stream.
class Boxes final : public Stage {
 public:
  static constexpr std::string_view summary =
      "Puts the boxes found in the parts of a frame together: each object once, also where parts overlap or cut it, "
      "and "
      "new objects from low-resolution looks.";

  static constexpr In<PartAnswers> parts{"parts", "what became of the parts; their answers are Detections"};
  static constexpr In<Frame> frame{"frame", "the frame, for its size; without it the size that the parts tell counts",
                                   Need::optional};
  static constexpr Out<Detections> detections{
      "detections",
      "boxes in pixels of the frame, best first; `partial` where parts are missing, and none, `predicted`, "
      "where all are"};

  static constexpr Param<double> iou{
      {.name = "iou", .help = "boxes of a class that overlap (IoU) by more are one object", .min = 0, .max = 1}, 0.5};
  static constexpr Param<double> fragment{
      {.name = "fragment",
       .help = "the same for a piece of an object, cut by a part's border, and what that part shows of the whole one",
       .min = 0,
       .max = 1},
      0.4};
  static constexpr Param<double> new_score{
      {.name = "new_score",
       .help = "least score of an object that is taken from a low-resolution look alone",
       .min = 0,
       .max = 1},
      0.3};
  static constexpr Param<std::int64_t> max_boxes{
      {.name = "max_boxes", .help = "most boxes per frame", .min = 1, .max = 10000}, std::int64_t{300}};

  static constexpr std::array inputs{parts.info(), frame.info()};
  static constexpr std::array outputs{detections.info()};
  static constexpr std::array params{iou.info(), fragment.info(), new_score.info(), max_boxes.info()};
  static constexpr Execution execution{.concurrency = Concurrency::serial_per_stream};

  Status open(OpenContext& cx) override {
    options_ = {.iou = static_cast<float>(cx.param(iou)),
                .fragment = static_cast<float>(cx.param(fragment)),
                .keep = static_cast<std::size_t>(cx.param(max_boxes))};
    new_score_ = static_cast<float>(cx.param(new_score));
    streams_.resize(std::max<std::size_t>(1, cx.streams().size()));
    return {};
  }

  Status process(Context& cx) override {
    const PartAnswers& answers = *cx.get(parts);
    const Frame* picture = cx.get(frame);
    Stream& stream = streams_[cx.stamp().stream];
    const int width = picture ? picture->image.width : answers.frame_width;
    const int height = picture ? picture->image.height : answers.frame_height;
    if (!answers.items.empty() && (width <= 0 || height <= 0)) {
      return {Code::invalid, "the parts come without the size of their frame; connect input `frame`"};
    }
    stream.resize(width, height, cx.stamp().frame);
    if (Status status = read(answers, stream); !status) return status;

    Detections& out = cx.emit(detections);
    out.frame_width = stream.width;
    out.frame_height = stream.height;
    out.classes = stream.classes;
    grade(answers, stream, cx.quality());
    if (cx.quality().outcome == Outcome::predicted && stream.areas.empty()) return {};
    stream.merger.run(stream.areas, stream.boxes, static_cast<float>(stream.width), static_cast<float>(stream.height),
                      options_, out.items, stream.scales);
    stream.known.note(cx.stamp().frame, out.items, stream.areas);
    insert_new(stream, out.items);
    return {};
  }

 private:
  struct Stream {
    int width = 0, height = 0;
    std::uint64_t since = 0;  // frames have this size
    ClassNamesPtr classes = std::make_shared<const ClassNames>();
    PartMerger merger;
    Sightings known;
    std::vector<Find> finds;  // not yet looked at: they wait while no part of a frame comes back
    // Of the present frame.
    std::vector<Box> areas;     // of the parts that came back
    std::vector<float> scales;  // at which they were seen
    std::vector<PartBox> boxes;
    std::uint16_t expected = 0;
    std::int32_t worker = -1;

    void resize(int new_width, int new_height, std::uint64_t now) {
      const bool known_size = new_width > 0 && new_height > 0;  // no parts may come without one
      if (!known_size || (width == new_width && height == new_height)) return;
      if (width > 0) since = now;
      width = new_width;
      height = new_height;
      known.clear();
      finds.clear();
    }
  };

  // Sorts the answers into boxes of this frame's parts and finds of low-resolution looks.
  Status read(const PartAnswers& answers, Stream& stream) const {
    stream.areas.clear();
    stream.scales.clear();
    stream.boxes.clear();
    stream.expected = 0;
    stream.worker = -1;
    for (const PartAnswer& answer : answers.items) {
      const bool coarse = answer.kind == PartKind::low_resolution;
      stream.expected = static_cast<std::uint16_t>(stream.expected + !coarse);
      if (answer.status != PartStatus::ok) continue;
      const Detections* found = answer.answer.get<Detections>();
      if (!found) {
        return {Code::invalid, answer.answer ? "a part was answered with " + std::string(answer.answer.type().name) +
                                                   "; merge.boxes puts Detections together"
                                             : "a part that is ok came without an answer"};
      }
      if (Status status = take_classes(*found, stream); !status) return status;
      if (Status status = take(answer, *found, stream); !status) return status;
    }
    return {};
  }

  static Status take_classes(const Detections& found, Stream& stream) {
    if (!found.classes || found.classes == stream.classes) return {};
    if (!stream.classes->empty() && *stream.classes != *found.classes) {
      return {Code::invalid, "the parts were answered by models with different classes, " +
                                 std::to_string(stream.classes->size()) + " and " +
                                 std::to_string(found.classes->size()) + "; use one model for all parts"};
    }
    stream.classes = found.classes;
    return {};
  }

  Status take(const PartAnswer& answer, const Detections& found, Stream& stream) const {
    const Box& area = answer.area;
    if (answer.width <= 0 || answer.height <= 0 || !(area.area() > 0) || !std::isfinite(area.area())) {
      return {Code::corrupt, "a part of " + std::to_string(answer.width) + "x" + std::to_string(answer.height) +
                                 " pixels shows " + std::to_string(area.width()) + "x" + std::to_string(area.height()) +
                                 " pixels of its frame; both sizes must be positive"};
    }
    const bool coarse = answer.kind == PartKind::low_resolution;
    const auto part = static_cast<std::uint32_t>(stream.areas.size());
    const float scale_x = area.width() / static_cast<float>(answer.width);
    const float scale_y = area.height() / static_cast<float>(answer.height);
    for (Detection d : found.items) {
      d.box = {area.left + scale_x * d.box.left, area.top + scale_y * d.box.top, area.left + scale_x * d.box.right,
               area.top + scale_y * d.box.bottom};
      if (!coarse) {
        stream.boxes.push_back({d, part});
      } else if (d.score >= new_score_ && stream.finds.size() < options_.keep) {
        stream.finds.push_back({d, answer.frame});
      }
    }
    stream.worker = std::max(stream.worker, answer.worker);
    if (coarse) return {};
    stream.areas.push_back(area);
    stream.scales.push_back(1 / std::max(scale_x, scale_y));
    return {};
  }

  static void grade(const PartAnswers& answers, const Stream& stream, Quality& quality) {
    if (!answers.items.empty() && stream.worker >= 0) quality.worker = static_cast<std::int16_t>(stream.worker);
    if (stream.expected == 0) return;
    quality.parts = stream.expected;
    quality.parts_ok = static_cast<std::uint16_t>(stream.areas.size());
    if (quality.parts_ok == quality.parts) return;
    quality.outcome = std::max(quality.outcome, quality.parts_ok > 0 ? Outcome::partial : Outcome::predicted);
  }

  // Boxes of low-resolution looks that nothing known accounts for, the best first.
  void insert_new(Stream& stream, std::vector<Detection>& merged) const {
    const auto order = [](const Find& f) {
      return std::tuple(-f.detection.score, f.frame, f.detection.box.left, f.detection.box.top);
    };
    std::sort(stream.finds.begin(), stream.finds.end(),
              [&](const Find& a, const Find& b) { return order(a) < order(b); });
    for (Find& find : stream.finds) {
      Detection& d = find.detection;
      if (!is_usable(d) || find.frame < stream.since || merged.size() >= options_.keep) continue;
      d.box = clip(d.box, static_cast<float>(stream.width), static_cast<float>(stream.height));
      if (!is_usable(d) || stream.known.account_for(d.box, find.frame)) continue;
      const auto weaker = [](const Detection& a, const Detection& b) { return a.score > b.score; };
      merged.insert(std::upper_bound(merged.begin(), merged.end(), d, weaker), d);
      stream.known.add(d);
    }
    stream.finds.clear();
  }

  PartMergeOptions options_;
  float new_score_ = 0;
  std::vector<Stream> streams_;
};

}  // namespace

Status add_merge_boxes(Registry& registry) { return registry.add<Boxes>("merge.boxes"); }

}  // namespace weir
