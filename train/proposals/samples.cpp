// SPDX-License-Identifier: Apache-2.0
#include "train/proposals/samples.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

namespace weir::train {
namespace {

const IdentifiedBox* find(const BoxFrame& frame, std::int64_t id) {
  const auto found = std::ranges::find(frame.boxes, id, &IdentifiedBox::id);
  return found == frame.boxes.end() ? nullptr : &*found;
}

void set_targets(const BoxSequence& sequence, std::size_t i, std::int64_t id, TrackStep& step) {
  const std::int64_t now = sequence.frames[i].frame;
  for (std::size_t j = i + 1; j < sequence.frames.size(); ++j) {
    const std::int64_t ahead = sequence.frames[j].frame - now;
    if (ahead > kFarthestAhead) break;
    const IdentifiedBox* target = find(sequence.frames[j], id);
    if (target == nullptr) continue;
    step.targets[static_cast<std::size_t>(ahead) - 1] = target->box;
    step.known[static_cast<std::size_t>(ahead) - 1] = 1;
  }
}

TrackStep make_step(const TrackHistory& track, const BoxFeatures& features, const BoxFrame& frame) {
  TrackStep step;
  step.features = features;
  step.box = track.box();
  step.limit = {0, 0, static_cast<float>(frame.width), static_cast<float>(frame.height)};
  step.targets.fill(step.box);
  if (track.observed > 1) {
    step.velocity = shift_between(track.seen(1).box, step.box, step.box);
    for (float& value : step.velocity) value /= static_cast<float>(track.gap());
  }
  return step;
}

float* put(float* at, const Box& box) {
  for (const float side : {box.left, box.top, box.right, box.bottom}) *at++ = side;
  return at;
}

}  // namespace

std::vector<TrackSteps> track_steps(const BoxSequence& sequence) {
  BoxHistory history;
  FeatureBuilder builder;
  std::vector<TrackSteps> tracks;
  std::map<std::int64_t, std::size_t> current;  // identity -> its entry in tracks
  for (std::size_t i = 0; i < sequence.frames.size(); ++i) {
    const BoxFrame& frame = sequence.frames[i];
    if (i > 0) history.skip(frame.frame - sequence.frames[i - 1].frame - 1);
    history.advance(frame.boxes, frame.width, frame.height);
    const auto features = builder.build(history);
    for (const IdentifiedBox& object : frame.boxes) {
      const std::size_t place = history.find(object.id);
      const TrackHistory& track = history.tracks()[place];
      if (track.observed == 1) {  // new, or back after so long that it counts as new
        current[object.id] = tracks.size();
        tracks.emplace_back();
      }
      TrackStep step = make_step(track, features[place], frame);
      // The protocol counts boxes seen in the frame before, too.
      if (track.observed > 1 && track.gap() == 1) set_targets(sequence, i, object.id, step);
      tracks[current[object.id]].push_back(step);
    }
  }
  return tracks;
}

BoxSequence changed_sequence(const BoxSequence& sequence, bool mirrored, double drop, Random& random) {
  std::map<std::int64_t, bool> dropped;
  BoxSequence changed = sequence;
  for (BoxFrame& frame : changed.frames) {
    std::erase_if(frame.boxes, [&](const IdentifiedBox& object) {
      const auto [entry, fresh] = dropped.try_emplace(object.id, false);
      if (fresh) entry->second = random.uniform() < drop;
      return entry->second;
    });
    if (!mirrored) continue;
    const auto width = static_cast<float>(frame.width);
    for (IdentifiedBox& object : frame.boxes) {
      const float left = object.box.left;
      object.box.left = width - object.box.right;
      object.box.right = width - left;
    }
  }
  return changed;
}

TrackBatch make_batch(std::span<const std::span<const TrackStep>> tracks) {
  std::size_t longest = 1;
  for (const auto& track : tracks) longest = std::max(longest, track.size());
  const auto t = static_cast<std::int64_t>(longest), b = static_cast<std::int64_t>(tracks.size());
  TrackBatch batch;
  batch.features = torch::zeros({t, b, std::int64_t{kBoxFeatures}});
  batch.velocity = torch::zeros({t, b, 4});
  batch.box = torch::zeros({t, b, 4});
  batch.limit = torch::zeros({t, b, 4});
  batch.targets = torch::zeros({t, b, kFarthestAhead, 4});
  batch.known = torch::zeros({t, b, kFarthestAhead});
  const TrackStep filler{{}, {}, {0, 0, 1, 1}, {0, 0, 1, 1}, {}, {}};
  for (std::size_t i = 0; i < longest; ++i) {
    for (std::size_t j = 0; j < tracks.size(); ++j) {
      const TrackStep& step = i < tracks[j].size() ? tracks[j][i] : filler;
      const std::size_t at = i * tracks.size() + j;
      std::copy(step.features.begin(), step.features.end(), batch.features.data_ptr<float>() + at * kBoxFeatures);
      std::copy(step.velocity.begin(), step.velocity.end(), batch.velocity.data_ptr<float>() + at * 4);
      put(batch.box.data_ptr<float>() + at * 4, step.box);
      put(batch.limit.data_ptr<float>() + at * 4, step.limit);
      float* target = batch.targets.data_ptr<float>() + at * 4 * kFarthestAhead;
      for (const Box& box : step.targets) target = put(target, box);
      std::copy(step.known.begin(), step.known.end(), batch.known.data_ptr<float>() + at * kFarthestAhead);
    }
  }
  return batch;
}

}  // namespace weir::train
