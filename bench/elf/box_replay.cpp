// SPDX-License-Identifier: Apache-2.0
#include "bench/elf/box_replay.hpp"

#include <map>

#include "kernels/predict/association.hpp"

namespace weir::bench {
namespace {

constexpr std::int64_t kKnownFrames = 3;  // an object seen no longer ago than that is known

void expect(const BoxHistory& history, const BoxPredictor& predictor, std::vector<ExpectedObject>& expected) {
  expected.clear();
  for (std::size_t place = 0; place < history.tracks().size(); ++place) {
    const TrackHistory& track = history.tracks()[place];
    if (track.observed == 0 || track.missed >= kKnownFrames) continue;
    const PredictedBox predicted = predictor.predict(history, place, 1);
    expected.push_back({predicted.box, track.id, predicted.margin});
  }
}

}  // namespace

void replay(const BoxSequence& sequence, BoxPredictor& predictor,
            const std::function<void(const ReplayedFrame&)>& take) {
  BoxHistory history;
  BoxAssociation association;
  std::map<std::int64_t, std::int64_t> last_seen;  // frames, by true identity
  std::vector<ExpectedObject> expected;
  std::vector<Box> known;
  std::vector<IdentifiedBox> seen;
  const std::vector<IdentifiedBox> nothing;
  std::size_t listed = 0;
  for (std::int64_t frame = sequence.frames.front().frame; listed < sequence.frames.size(); ++frame) {
    const BoxFrame& next = sequence.frames[listed];
    const bool is_listed = next.frame == frame;  // frames without objects are not
    const auto& boxes = is_listed ? next.boxes : nothing;
    known.clear();
    for (const IdentifiedBox& box : boxes) {
      const auto before = last_seen.find(box.id);
      if (before != last_seen.end() && frame - before->second <= kKnownFrames) known.push_back(box.box);
    }
    expect(history, predictor, expected);
    take({next.width, next.height, expected, known});

    seen = boxes;
    const auto ids = association.associate(history, predictor, seen);
    for (std::size_t i = 0; i < seen.size(); ++i) seen[i].id = ids[i];
    history.advance(seen, next.width, next.height);
    predictor.observe(history);
    for (const IdentifiedBox& box : boxes) last_seen[box.id] = frame;
    if (is_listed) ++listed;
  }
}

}  // namespace weir::bench
