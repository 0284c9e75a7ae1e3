// SPDX-License-Identifier: Apache-2.0
#include "stages/partition/content_stream.hpp"

#include <algorithm>

namespace weir {
namespace {

double to_ms(Duration duration) { return std::chrono::duration<double, std::milli>(duration).count(); }

PartTiming timing_of(const PartAnswer& answer) {
  return {answer.worker,
          answer.status == PartStatus::ok,
          static_cast<double>(answer.bytes),
          static_cast<double>(answer.width) * answer.height,
          static_cast<double>(answer.width),
          static_cast<double>(answer.height),
          to_ms(answer.service),
          to_ms(answer.elapsed)};
}

}  // namespace

ContentStream::ContentStream(const ContentStageOptions& options, ContentPartition partition)
    : options_(&options),
      partition_(std::move(partition)),
      learner_(options.cost),
      lrc_(options.lrc),
      finds_(options.finds),
      whole_left_(options.start) {}

void ContentStream::learn(const PartAnswers& answers) {
  // Late answers of earlier frames come with those of a newer one.
  std::uint64_t newest = 0;
  for (const PartAnswer& answer : answers.items) newest = std::max(newest, answer.frame + 1);
  if (newest <= answered_) return;
  answered_ = newest;
  finds_.take(answers);
  if (!options_->learn) return;
  learner_.begin_frame();
  for (const PartAnswer& answer : answers.items) {
    if (answer.frame + 1 == newest) learner_.add(timing_of(answer));
  }
  learner_.end_frame();
}

/// Whether what was known of the stream says nothing about this frame.
bool ContentStream::breaks(const ImageView& image, std::uint64_t number) {
  signals_ = {.scene_change = scene_.run(image)};
  const bool other_size = image.width != width_ || image.height != height_;
  const bool missing = number > next_ + options_->gap;
  width_ = image.width;
  height_ = image.height;
  next_ = number + 1;
  return other_size || missing || signals_.scene_change >= options_->cut;
}

void ContentStream::expect(const Regions& regions, const ImageView& image) {
  expected_.clear();
  ids_.clear();
  for (const Region& region : regions.items) {
    expected_.push_back({region.box, region.track_id, region.margin});
    ids_.push_back(region.track_id);
    const bool known = std::ranges::binary_search(ids_before_, region.track_id);
    if (!known && at_border(region.box, image.width, image.height)) ++signals_.border_births;
  }
  std::ranges::sort(ids_);
  ids_.swap(ids_before_);
  const CostModel& cost = learner_.model();
  finds_.add_to(expected_, options_->find_ms * 1e3 * cost.link_mbit_s / (8 * cost.bytes_per_pixel));
  signals_.anything_expected = !expected_.empty();
}

/// Parts of more pixels than the frame has would save nothing of the link, and show the model less than the frame does.
void ContentStream::send(std::span<const PlannedPart> planned, const ImageView& image, Parts& out) {
  double pixels = 0;
  for (const PlannedPart& part : planned) pixels += static_cast<double>(part.area.area()) * part.scale * part.scale;
  if (pixels > options_->whole_from * image.width * image.height) {
    lrc_.whole_sent();
    out.items.push_back(images_.whole());
    return;
  }
  for (const PlannedPart& part : planned) {
    out.items.push_back(images_.make(part.area, PartKind::crop, part.scale));
  }
  if (lrc_.due(signals_)) out.items.push_back(images_.whole(PartKind::low_resolution, options_->lrc_scale));
}

void ContentStream::cut(const Packet& frame, std::uint64_t number, const Regions* regions, Parts& out) {
  const ImageView& image = frame.get<Frame>()->image;
  images_.begin(frame);
  if (breaks(image, number)) {
    partition_.reset();
    finds_.reset();
    whole_left_ = options_->start;
  }
  if (whole_left_ > 0 || regions == nullptr) {
    whole_left_ = std::max(whole_left_ - 1, 0);
    lrc_.whole_sent();
    out.items.push_back(images_.whole());
  } else {
    expect(*regions, image);
    send(partition_.cut(expected_, image.width, image.height, learner_.model()), image, out);
  }
  images_.end();
}

}  // namespace weir
