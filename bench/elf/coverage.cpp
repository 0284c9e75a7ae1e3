// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <functional>
#include <memory>
#include <vector>

#include "bench/boxes/box_data.hpp"
#include "bench/elf/box_replay.hpp"
#include "bench/elf/figures.hpp"
#include "kernels/partition/content.hpp"
#include "kernels/partition/lrc_policy.hpp"
#include "kernels/partition/strips.hpp"

namespace weir::bench {
namespace {

constexpr double kLrcShare = 0.4 * 0.4;  // of a frame's pixels
constexpr int kFirstFrames = 3;          // at the start of a sequence the whole frame is sent

/// Cuts one frame; the pixels that are sent may be fewer than those of the areas.
struct Cut {
  std::vector<PixelRect> areas;
  double sent_pixels = 0;
};
using Cutter = std::function<void(const ReplayedFrame&, Cut&)>;
using MakeCutter = std::function<Cutter()>;  // a fresh one for each sequence

/// Sums over frames.
struct Coverage {
  double known = 0, covered = 0;
  double frames = 0;  // in which something is expected: means are over these
  double total = 0, largest = 0, parts = 0;
  double all_frames = 0, sent = 0, lrcs = 0;  // with whole frames at the start and LRC

  double percent() const { return 100 * covered / std::max(known, 1.0); }
  double area() const { return total / std::max(frames, 1.0); }
  double mean_largest() const { return largest / std::max(frames, 1.0); }
  double saved() const { return 100 * (1 - sent / std::max(all_frames, 1.0)); }
};

bool holds(const PixelRect& area, const Box& box) {
  return static_cast<float>(area.left) <= box.left && static_cast<float>(area.top) <= box.top &&
         static_cast<float>(area.right) >= box.right && static_cast<float>(area.bottom) >= box.bottom;
}

/// Tells the policy what it would see of a frame; without images there is no scene change.
class BirthCount {
 public:
  LrcSignals signals(const ReplayedFrame& frame) {
    LrcSignals signals;
    signals.anything_expected = !frame.expected.empty();
    for (const ExpectedObject& object : frame.expected) {
      newest_ = std::max(newest_, object.id);
      if (object.id > before_ && at_border(object.box, frame.width, frame.height)) ++signals.border_births;
    }
    before_ = newest_;
    return signals;
  }

 private:
  std::int64_t before_ = 0, newest_ = 0;  // identities are counted up
};

void add(const ReplayedFrame& frame, const Cut& cut, Coverage& sums) {
  for (const Box& box : frame.known) {
    ++sums.known;
    if (std::ranges::any_of(cut.areas, [&](const PixelRect& area) { return holds(area, box); })) ++sums.covered;
  }
  if (frame.expected.empty()) return;
  const double pixels = static_cast<double>(frame.width) * frame.height;
  double largest = 0;
  for (const PixelRect& area : cut.areas) {
    const double share = static_cast<double>(area.area()) / pixels;
    sums.total += share;
    largest = std::max(largest, share);
  }
  sums.largest += largest;
  sums.parts += static_cast<double>(cut.areas.size());
  ++sums.frames;
}

Coverage score(const std::vector<BoxSequence>& sequences, const Candidate& predictor, const MakeCutter& make) {
  Coverage sums;
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    const Cutter cutter = make();
    const auto fresh = predictor.make(i);
    Cut cut;
    LrcPolicy policy({});
    BirthCount births;
    int number = 0;
    replay(sequences[i], *fresh, [&](const ReplayedFrame& frame) {
      cutter(frame, cut);
      add(frame, cut, sums);
      ++sums.all_frames;
      if (number++ < kFirstFrames) {
        policy.whole_sent();
        sums.sent += 1;
        return;
      }
      const bool lrc = policy.due(births.signals(frame));
      sums.lrcs += lrc ? 1 : 0;
      sums.sent += cut.sent_pixels / (static_cast<double>(frame.width) * frame.height) + (lrc ? kLrcShare : 0);
    });
  }
  return sums;
}

/// By content, with as many equal workers as parts.
Result<MakeCutter> content(std::size_t parts, float native_side = 0) {
  ContentOptions options;
  options.parts = parts;
  options.shape.native_side = native_side;
  if (const auto checked = ContentPartition::create(options); !checked) return fail(checked.error());
  return MakeCutter([options, parts] {
    auto partition = std::make_shared<ContentPartition>(*ContentPartition::create(options));
    CostModel cost;
    cost.workers.assign(parts, WorkerCost{});
    return Cutter([partition, cost](const ReplayedFrame& frame, Cut& cut) {
      cut = {};
      for (const PlannedPart& part : partition->cut(frame.expected, frame.width, frame.height, cost)) {
        cut.areas.push_back(part.area);
        cut.sent_pixels += static_cast<double>(part.area.area()) * part.scale * part.scale;
      }
    });
  });
}

double pixels_of(const std::vector<PixelRect>& areas) {
  double sum = 0;
  for (const PixelRect& area : areas) sum += static_cast<double>(area.area());
  return sum;
}

MakeCutter elf_strips(std::size_t parts) {
  return [parts] {
    return Cutter([parts, boxes = std::vector<Box>()](const ReplayedFrame& frame, Cut& cut) mutable {
      boxes.clear();
      for (const ExpectedObject& object : frame.expected) boxes.push_back(object.box);
      cut_elf_strips(boxes, parts, frame.width, frame.height, cut.areas);
      cut.sent_pixels = pixels_of(cut.areas);
    });
  };
}

MakeCutter bands(std::size_t parts) {
  return [parts] {
    return Cutter([parts](const ReplayedFrame& frame, Cut& cut) {
      cut_bands(parts, frame.width, frame.height, cut.areas);
      cut.sent_pixels = pixels_of(cut.areas);
    });
  };
}

Figure one(double value) { return summarise({value}); }

void print(Reporter& reporter, std::size_t parts, const std::string& suffix, const Coverage& own,
           const Coverage& copied, const Coverage& strips, const Coverage& equal) {
  if (parts == 3) {
    reporter.print("coverage_n3", one(own.percent()),
                   {{"elf", strips.percent()},
                    {"bands", equal.percent()},
                    {"copy", copied.percent()},
                    {"known", own.known},
                    {"missed", own.known - own.covered}});
    reporter.print("area_n3", one(own.area()),
                   {{"elf", strips.area()}, {"bands", equal.area()}, {"copy", copied.area()}, {"frames", own.frames}});
  }
  Also also{{"elf", strips.mean_largest()},
            {"bands", equal.mean_largest()},
            {"copy", copied.mean_largest()},
            {"parts", own.parts / std::max(own.frames, 1.0)}};
  if (parts != 3) {
    also.insert(also.end(), {{"coverage", own.percent()},
                             {"area", own.area()},
                             {"elf_coverage", strips.percent()},
                             {"elf_area", strips.area()}});
  }
  reporter.print("largest_" + suffix, one(own.mean_largest()), also);
}

}  // namespace

Status print_coverage(Reporter& reporter) {
  auto sequences = read_box_sequences();
  if (!sequences) return sequences.error();
  if (reporter.brief()) shorten(*sequences);
  const auto folds = read_fold_weights();
  if (!folds) return folds.error();
  const auto lstm = lstm_candidate(*sequences, *folds);
  if (!lstm) return lstm.error();
  const Candidate copy = simple_candidates(*sequences, kFolds).front();
  for (const std::size_t parts : {3U, 5U}) {
    const auto cutter = content(parts);
    if (!cutter) return cutter.error();
    const Coverage own = score(*sequences, *lstm, *cutter), strips = score(*sequences, *lstm, elf_strips(parts));
    print(reporter, parts, "n" + std::to_string(parts), own, score(*sequences, copy, *cutter), strips,
          score(*sequences, *lstm, bands(parts)));
    if (parts != 3) continue;
    const auto scaled = content(parts, 160);
    if (!scaled) return scaled.error();
    reporter.print("pixels_saved_n3", one(own.saved()),
                   {{"elf", strips.saved()},
                    {"large_scaled_down", score(*sequences, *lstm, *scaled).saved()},
                    {"lrc_every", own.all_frames / std::max(own.lrcs, 1.0)}});
  }
  return {};
}

}  // namespace weir::bench
