// SPDX-License-Identifier: Apache-2.0
#include "pipeline/runtime/accuracy.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "kernels/eval/kitti_types.hpp"
#include "kernels/eval/object_ap.hpp"
#include "kernels/eval/tracking_scores.hpp"

namespace weir {

namespace {

constexpr std::array<const char*, 3> kScoredTypes{"Car", "Pedestrian", "Cyclist"};

template <typename Object>
void append(std::vector<ScoredBox>& out, const Object& object, const ClassNamesPtr& classes, std::int64_t id) {
  const auto index = static_cast<std::size_t>(object.class_id);
  if (!classes || object.class_id < 0 || index >= classes->size()) return;
  if (const auto type = kitti_type((*classes)[index])) {
    out.push_back({object.box, std::string(*type), object.score, id});
  }
}

std::vector<Sequence> sequences_of(const std::vector<TimedStream>& streams) {
  std::vector<Sequence> sequences;
  for (const TimedStream& stream : streams) {
    std::vector<TruthRow> truth;
    std::vector<ResultRow> results;
    for (const TimedTruth& frame : stream.truth) {
      for (const TruthBox& box : frame.truth) truth.push_back({frame.frame, box});
    }
    for (const TimedAnswer& answer : stream.answers) {
      for (const ScoredBox& box : answer.results) results.push_back({answer.frame, box});
    }
    sequences.push_back(make_sequence("", truth, results));
  }
  return sequences;
}

}  // namespace

void AccuracyLog::note_truth(const Packet& packet, const Stamp& stamp) {
  const Frame* frame = packet.get<Frame>();
  if (!frame || !frame->has_truth || stamp.frame >= limit_) return;
  const std::lock_guard lock(mutex_);
  streams_[stamp.stream].timed.truth.push_back(
      {static_cast<std::int64_t>(stamp.frame), stamp.capture.time_since_epoch(), frame->truth});
}

void AccuracyLog::note_answer(const Packet& packet, TimePoint published) {
  const Stamp& stamp = packet.stamp();
  if (stamp.frame >= limit_) return;
  const Tracks* tracks = packet.get<Tracks>();
  const Detections* detections = packet.get<Detections>();
  if (!tracks && !detections) return;

  const std::lock_guard lock(mutex_);
  Stream& stream = streams_[stamp.stream];
  if (stream.timed.truth.empty()) return;
  stream.tracks = stream.tracks || tracks;
  TimedAnswer answer{static_cast<std::int64_t>(stamp.frame), published.time_since_epoch(), {}};
  if (tracks) {
    for (const Track& track : tracks->items) append(answer.results, track, tracks->classes, track.id);
  } else {
    for (const Detection& detection : detections->items) append(answer.results, detection, detections->classes, -1);
  }
  stream.timed.answers.push_back(std::move(answer));
}

std::optional<AccuracyReport> AccuracyLog::evaluate(bool realtime) const {
  std::vector<TimedStream> streams;
  bool tracks = false;
  {
    const std::lock_guard lock(mutex_);
    for (const Stream& stream : streams_) {
      // An answer port without boxes (a plain recording, say) has nothing to score.
      if (stream.timed.truth.empty() || stream.timed.answers.empty()) continue;
      streams.push_back(stream.timed);
      tracks = tracks || stream.tracks;
    }
  }
  if (streams.empty()) return std::nullopt;

  const std::vector<Sequence> sequences = sequences_of(streams);
  std::vector<EvalFrame> frames;
  AccuracyReport report;
  for (const TimedStream& stream : streams) report.frames += stream.truth.size();
  for (const Sequence& sequence : sequences)
    frames.insert(frames.end(), sequence.frames.begin(), sequence.frames.end());

  double hota_sum = 0;
  int hota_classes = 0;
  for (const char* type : kScoredTypes) {
    const ApScore at_own = object_ap(frames, {.type = type}).at(Difficulty::moderate);
    if (at_own.truth == 0) continue;
    report.objects[type] = at_own.truth;
    report.ap[type] = at_own.interpolated;
    report.ap50[type] = object_ap(frames, {.type = type, .min_iou = 0.5}).at(Difficulty::moderate).interpolated;
    if (!tracks) continue;
    if (const auto scores = evaluate_tracking(sequences, type)) {
      hota_sum += scores->combined.hota.hota();
      ++hota_classes;
    }
  }
  if (hota_classes > 0) report.hota = hota_sum / hota_classes;
  if (realtime && report.ap.contains("Car")) {
    report.streaming_ap = streaming_ap(streams, {.type = "Car"}).at(Difficulty::moderate).interpolated;
  }
  return report;
}

}  // namespace weir
