// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "kernels/track/sort_tracker.hpp"
#include "pipeline/payloads.hpp"
#include "stages/track/stages.hpp"

namespace weir {

namespace {

/// Follows objects over frames; one tracker per stream, so that cameras run beside each other.
class Sort final : public Stage {
 public:
  static constexpr std::string_view summary =
      "Gives detections identities over frames: Kalman filter and association in two steps by score (as ByteTrack).";

  static constexpr In<Detections> detections{
      "detections",
      "boxes of one frame, weak ones included; without an answer from the cloud, tracks are carried forward"};
  static constexpr Out<Tracks> tracks{"tracks", "confirmed tracks; those not seen in this frame are predicted"};

  static constexpr Param<double> low{
      {.name = "low", .help = "detections with a lower score are ignored", .min = 0, .max = 1}, 0.1};
  static constexpr Param<double> high{
      {.name = "high",
       .help = "from this score on a detection is matched first; below, only to what is left over",
       .min = 0,
       .max = 1},
      0.5};
  static constexpr Param<double> birth{
      {.name = "birth", .help = "from this score on an unmatched detection starts a track", .min = 0, .max = 1}, 0.6};
  static constexpr Param<double> match{
      {.name = "match", .help = "least overlap times score of a match in the first step", .min = 0, .max = 1}, 0.2};
  static constexpr Param<std::int64_t> min_hits{{.name = "min_hits",
                                                 .help = "detections in a row until a track is published",
                                                 .unit = "frames",
                                                 .min = 1,
                                                 .max = 100},
                                                std::int64_t{2}};
  static constexpr Param<std::int64_t> max_missed{{.name = "max_missed",
                                                   .help = "without a detection for longer, a track ends",
                                                   .unit = "frames",
                                                   .min = 0,
                                                   .max = 1000},
                                                  std::int64_t{30}};
  static constexpr Param<std::int64_t> publish_missed{
      {.name = "publish_missed",
       .help = "for so long a track without a detection is still published, predicted",
       .unit = "frames",
       .min = 0,
       .max = 1000},
      std::int64_t{3}};
  static constexpr Param<bool> class_aware{
      {.name = "class_aware", .help = "a track only takes detections of its own class"}, true};

  static constexpr std::array inputs{detections.info()};
  static constexpr std::array outputs{tracks.info()};
  static constexpr std::array params{low.info(),      high.info(),       birth.info(),          match.info(),
                                     min_hits.info(), max_missed.info(), publish_missed.info(), class_aware.info()};
  static constexpr Execution execution{.concurrency = Concurrency::serial_per_stream, .carries_forward = true};

  Status open(OpenContext& cx) override {
    const auto share = [&](const Param<double>& param) { return static_cast<float>(cx.param(param)); };
    const auto frames = [&](const Param<std::int64_t>& param) { return static_cast<int>(cx.param(param)); };
    TrackerOptions options;
    options.low_score = share(low);
    options.high_score = share(high);
    options.birth_score = share(birth);
    options.match = share(match);
    options.min_hits = frames(min_hits);
    options.max_missed = frames(max_missed);
    options.publish_missed = frames(publish_missed);
    options.class_aware = cx.param(class_aware);
    for (std::size_t i = 0; i < std::max<std::size_t>(1, cx.streams().size()); ++i) {
      auto tracker = SortTracker::create(options);
      if (!tracker) return Status(tracker.error());
      streams_.push_back({std::move(*tracker), 0});
    }
    return {};
  }

  Status process(Context& cx) override {
    const Detections* found = cx.get(detections);
    Stream& stream = streams_[cx.stamp().stream];
    // Frames that were dropped on the way still moved the objects.
    const std::uint64_t skipped = cx.stamp().frame - stream.next;
    if (skipped > 0) stream.tracker.advance(static_cast<int>(std::min<std::uint64_t>(skipped, kMostSkipped)));
    stream.next = cx.stamp().frame + 1;

    const bool no_answer = cx.quality().outcome == Outcome::predicted && found->items.empty();
    const std::span<const Track> current = no_answer ? stream.tracker.advance(1) : stream.tracker.update(found->items);
    Tracks& out = cx.emit(tracks);
    out.items.assign(current.begin(), current.end());
    out.classes = found->classes;
    out.frame_width = found->frame_width;
    out.frame_height = found->frame_height;
    return {};
  }

 private:
  struct Stream {
    SortTracker tracker;
    std::uint64_t next = 0;  // frame expected
  };
  static constexpr std::uint64_t kMostSkipped = 10000;  // by then every track has ended

  std::vector<Stream> streams_;
};

}  // namespace

Status add_track_sort(Registry& registry) { return registry.add<Sort>("track.sort"); }

}  // namespace weir
